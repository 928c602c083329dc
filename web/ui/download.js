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

/** @param {Date} when @returns {string} for file names, local time */
export function stamp(when) {
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  return `${when.getFullYear()}${two(when.getMonth() + 1)}${two(when.getDate())}-${two(when.getHours())}${two(when.getMinutes())}`;
}
