/** What is remembered on this machine for the next visit; until the page is closed where storage is switched off. */

/** @type {Map<string, string>} */
const here = new Map();

/** @param {string} key @returns {string} empty when nothing is remembered */
export function recall(key) {
  try {
    return here.get(key) ?? localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} key @param {string} value */
export function remember(key, value) {
  here.set(key, value);
  try {
    localStorage.setItem(key, value);
  } catch {
    // Kept above.
  }
}
