/**
 * The page's texts that depend on what happens, in the order in which a person meets them. Texts that never change stand in
 * index.html; those that the plugin shows as well, in ui/texts.js.
 */

export const DEMO = { start: "Start the demo", ownCamera: "Use my own camera" };

export const CONNECTION = {
  connecting: "Connecting to the server",
  silent: "The server does not answer",
  waiting: (/** @type {string} */ why, /** @type {number} */ seconds) => `${why}. Next try in ${seconds} s`,
  restored: (/** @type {string} */ user) =>
    `Connected again, with the calibration of ${user}. If the gaze is off, press “Correct drift” (D).`,
  calibrationLost: "The connection was lost, and the calibration with it. Calibrate again.",
  serverError: "The server reported an error.",
  none: "There is no connection to the server.",
};

/** Before the dots. */
export const PLAN = {
  names: /** @type {Record<number, string>} */ ({ 5: "Five", 9: "Nine", 13: "Thirteen", 16: "Sixteen" }),
  dots: (/** @type {string | number} */ n) => `${n} dots`,
  ownDots: (/** @type {string} */ n) => `${n} dots of your own`,
  moving: (/** @type {string | number} */ n) => `${n} dots, a moving dot and a turn of the head`,
  seconds: (/** @type {number} */ seconds) => `${seconds} s`,
  hint: (/** @type {string} */ dots, /** @type {string} */ time) => `${dots}, about ${time}, in full screen.`,
};

export const PROFILES = {
  of: (/** @type {string} */ user) => `the calibration of ${user}`,
  use: (/** @type {string} */ user, /** @type {string} */ about) => `Use the calibration of ${user}, ${about}`,
  accuracy: (/** @type {number} */ px) => `accuracy about ${Math.round(px)} px`,
  unusable: "no longer usable",
  place: (/** @type {string} */ screen, /** @type {string} */ camera) =>
    `screen ${screen.replace("x", " × ")}${camera ? `, camera ${camera}` : ""}`,
  export: "Export",
  delete: "Delete",
  confirmDelete: "Really delete?",
  exported: "Calibration exported",
  deleted: (/** @type {string} */ user) => `Calibration of ${user} deleted`,
  imported: (/** @type {string} */ user) => `The calibration of ${user} is imported.`,
  importedElsewhere: (/** @type {string} */ user) =>
    `The calibration of ${user} is imported. It belongs to another screen or camera.`,
  exportFailed: "Export failed",
  deleteFailed: "Delete failed",
  importFailed: "Import failed",
  savedAs: (/** @type {string} */ user) => `Saved as ${user}`,
  replaces: (/** @type {string} */ user) => `This replaces the calibration saved as ${user}.`,
  noName: "Enter a name.",
  badName: "Use letters and digits, with spaces, dots or dashes between them.",
};

export const RESULTS = {
  calibrated: (/** @type {number} */ px) => `Calibrated. Accuracy about ${Math.round(px)} pixels.`,
  validated: (/** @type {number} */ px) => `Average error ${Math.round(px)} pixels.`,
  incomplete: "Not measured at every dot.",
  driftCorrected: (/** @type {number} */ px) => `Drift corrected. The gaze was ${Math.round(px)} px off.`,
  undo: "Undo",
  gameFailed: "The dots gave no result.",
};

export const TRACKING = {
  /** By the status of a gaze message; "offline" is the page's own. */
  face: /** @type {Record<string, string>} */ ({
    ok: "Tracking",
    stale_calibration: "You moved: less accurate",
    no_face: "No face in the picture",
    multiple_faces: "More than one face",
    eyes_closed: "Eyes closed",
    out_of_range: "Too far or too near",
    off_center: "Not in the middle",
    low_light: "Too dark",
    uncalibrated: "Not calibrated yet",
    paused: "Paused",
    offline: "No connection to the server",
    error: "A frame could not be read",
  }),
  moved: "You have moved since the calibration. Sit as before, press “Correct drift” (D), or recalibrate (R).",
  clicksOn: "Learning from clicks is on. Look at what you click.",
  clicksOff: "Learning from clicks is off.",
  clickNotUsed: "not used",
  clickReason: (/** @type {string} */ reason) => `The last click was not used: ${reason}`,
  heatmapOn: "Heat map on",
  heatmapOff: "Heat map off",
  heatmapCleared: "Heat map cleared",
  heatmapEmpty: "The heat map is empty",
  heatmapSaved: "Heat map saved",
};

export const STREAM = {
  copy: "Copy",
  copied: "Copied",
  pressCopy: "Press Ctrl+C",
  announceCopied: "Stream address copied",
  announceSelect: "Select and copy the stream address",
};

export const RECORDINGS = {
  withPictures: "Recording with pictures",
  numbersOnly: "Recording numbers only",
  lampNumbers: "Recording numbers",
  stopped: (/** @type {string} */ why) => `The recording stopped${why && `: ${why}`}.`,
  saved: (/** @type {string} */ why) => `The recording is saved${why && `: ${why}`}.`,
  of: (/** @type {string} */ when) => `the recording of ${when}`,
  unfinished: "not finished",
  seconds: (/** @type {number} */ seconds) => `${Math.round(seconds)} s`,
  minutes: (/** @type {number} */ seconds) => `${Math.round(seconds / 60)} min`,
  pictures: "pictures and numbers",
  numbers: "numbers",
  download: "Download",
  delete: "Delete",
  confirmDelete: "Really delete?",
  downloaded: "Recording downloaded",
  deleted: "Recording deleted",
  listFailed: "The list could not be read",
  downloadFailed: "Download failed",
  deleteFailed: "Delete failed",
};

/** @param {string} what has failed @param {string} why */
export const FAILURE = (what, why) => `${what}: ${why}.`;
