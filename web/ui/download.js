/** Saves a file that the page has made. */

/** @param {Blob} blob @param {string} name */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has read it by then.
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * The name of every file that the page saves, as `sightline-heatmap-20261124-160000.png`.
 * @param {string} kind @param {Date | string} when a date, or a stamp that the thing has already @param {string} ending
 */
export function fileName(kind, when, ending) {
  return `sightline-${kind}-${typeof when === "string" ? when : stamp(when)}.${ending}`;
}

/** @param {Date} when @returns {string} for file names, local time */
function stamp(when) {
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const day = [when.getMonth() + 1, when.getDate()].map(two).join("");
  return `${when.getFullYear()}${day}-${[when.getHours(), when.getMinutes(), when.getSeconds()].map(two).join("")}`;
}
