/** Names, as the server takes them; tests hold these patterns against the server's own. Pure. */

/** A person's name for a saved calibration: letters of any script and digits, with . _ - and blanks inside. */
const USER_NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N}_ .-]{0,62}[\p{L}\p{N}_])?$/u;
/** A mark, an area: printable, and of the blanks only the plain one. */
const LABEL = /^(?:[^\p{C}\p{Z}]| ){1,64}$/u;

/** @param {unknown} name @returns {name is string} */
export function isUserName(name) {
  return typeof name === "string" && USER_NAME.test(name);
}

/** @param {unknown} label @returns {label is string} */
export function isLabel(label) {
  return typeof label === "string" && LABEL.test(label);
}
