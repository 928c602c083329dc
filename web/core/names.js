/** The names that the server accepts. Tests compare these patterns with the server's. Pure. */

/**
 * A person's name for a saved calibration: letters of any script with their marks, digits, and between them the blanks and
 * signs that names have (calibration/profiles/names.py). It may end
 * with a dot. A joiner is invisible, so it stands only beyond Latin letters.
 */
const USER_NAME = new RegExp(
  [
    "^(?=.{1,64}$)['‘’՚׳״]?[\\p{L}\\p{N}]",
    "(?:[\\p{L}\\p{N}\\p{M}'‘’՚׳״_ .\\-·־་‐‑・]|(?<=(?![\\u0000-\\u02ff])[\\p{L}\\p{N}\\p{M}])[\\u200c\\u200d](?=(?![\\u0000-\\u02ff])[\\p{L}\\p{N}\\p{M}]))*",
    "(?<=[\\p{L}\\p{N}\\p{M}'‘’՚׳״_])\\.?$",
  ].join(""),
  "u",
);
/** The label of a mark or an area: printable, with no blank but the plain space. Some scripts need the joiners. */
const LABEL = /^(?:[^\p{C}\p{Z}]| |\u200c|\u200d){1,64}$/u;

/** @param {unknown} name @returns {name is string} */
export function isUserName(name) {
  return typeof name === "string" && USER_NAME.test(name.normalize("NFC"));
}

/** @param {unknown} label @returns {label is string} */
export function isLabel(label) {
  return typeof label === "string" && LABEL.test(label);
}
