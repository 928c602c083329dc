/** All texts of this page, in the order in which a person meets them. index.html names them, as in `data-text="PAGE.title"`. */

export const PAGE = {
  tab: "Sightline in a page: looking and typing",
  home: "‹ Sightline",
  title: "Gaze in a page, with one import",
  examples: "Examples",
  pictures: "Pictures",
  keyboard: "Keyboard",
  showGaze: "Show my gaze",
  stop: "Stop",
  connect: "Start eye tracking",
  again: "Calibrate again",
  off: "The camera and the eye tracking are off until you start them.",
};

/** Given to the plugin, which shows it when it asks. */
export const PURPOSE = "This example measures which picture you look at, and lets you type with your eyes.";

/** By the session's state. */
export const STATES = /** @type {Record<string, string>} */ ({
  tracking: "Eye tracking is on: this page gets your gaze.",
  uncalibrated: "Eye tracking is on, but not calibrated.",
  paused: "Paused while this page is hidden.",
  reconnecting: "Connecting to the gaze server again.",
  closed: "Stopped. The camera is off.",
});
export const NOT_CONNECTED = (/** @type {string} */ why) => `Eye tracking did not start: ${why}.`;

/** A time in the unit that people read. */
export const SECONDS = (/** @type {number} */ ms) => `${(ms / 1000).toFixed(1)} s`;

export const PICTURES = {
  title: "Areas of interest: which picture do you look at?",
  cat: { alt: "A cat", caption: "Cat" },
  lighthouse: { alt: "A lighthouse", caption: "Lighthouse" },
  balloons: { alt: "Hot-air balloons", caption: "Balloons" },
  fish: { alt: "A fish", caption: "Fish" },
  mountain: { alt: "A mountain", caption: "Mountain" },
  cup: { alt: "A cup", caption: "Cup" },
};

/** Each key has a label, and a name for screen readers. */
export const KEYBOARD = {
  title: "A keyboard for the eyes",
  hint: "Rest your eyes on a group, then on its letter.",
  dwell: "Time to select a key",
  keys: "Keys",
  word: (/** @type {string} */ word) => `word ${word}`,
  group: (/** @type {string} */ letters) => `group ${letters}`,
  letter: (/** @type {string} */ letter) => `letter ${letter}`,
  delete: { label: "⌫", name: "delete" },
  space: { label: "space", name: "space" },
  clear: { label: "clear", name: "clear everything" },
  back: { label: "back", name: "back to the groups" },
};
