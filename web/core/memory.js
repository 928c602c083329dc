/** Values that are stored on this machine for the next visit. If the browser blocks storage, they last until the page is closed. */

/** Values that could not be stored. @type {Map<string, string>} */
const here = new Map();

/** @param {string} key @returns {string} empty when nothing is remembered; the newest one, also of another window */
export function recall(key) {
  try {
    return here.get(key) ?? localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} key @param {string} value */
export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
    here.delete(key);
  } catch {
    here.set(key, value); // storage is blocked or full
  }
}
