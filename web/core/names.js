/** The names that the server accepts. Tests compare these patterns with the server's. Pure. */

/** A person's name for a saved calibration: letters of any script and digits, with . _ - and blanks inside. */
const USER_NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N}_ .-]{0,62}[\p{L}\p{N}_])?$/u;
/** The label of a mark or an area: printable, with no blank but the plain space. */
const LABEL = /^(?:[^\p{C}\p{Z}]| ){1,64}$/u;

/** @param {unknown} name @returns {name is string} */
export function isUserName(name) {
  return typeof name === "string" && USER_NAME.test(name);
}

/** @param {unknown} label @returns {label is string} */
export function isLabel(label) {
  return typeof label === "string" && LABEL.test(label);
}
