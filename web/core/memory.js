/** Values that are stored on this machine for the next visit. If the browser blocks storage, they last until the page is closed. */

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
    // Storage is blocked; the value is kept in memory.
  }
}
