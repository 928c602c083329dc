/** All texts of the lab, in the order in which a person meets them. index.html names them, as in `data-text="PAGE.title"`. */

export const PAGE = {
  tab: "Sightline lab: recordings, replay, areas of interest",
  brand: "Sightline",
  name: "Lab",
  home: "Sightline, to the tracking page",
  skip: "To what is chosen",
  back: "Track and record",
};

export const LIBRARY = {
  title: "Recordings",
  refresh: "Read the list again",
  filter: "Find by name, tag or note",
  noMatch: "No recording fits.",
  chosen: (/** @type {number} */ n, /** @type {number} */ all) => (n ? `${n} of ${all} chosen` : `Choose all ${all}`),
  choose: (/** @type {string} */ name) => `Choose ${name} as well`,
  more: (/** @type {string} */ name) => `About ${name}: name, tags, note, download, delete`,
  accuracy: {
    measured: (/** @type {string} */ px) => `±${px} px measured`,
    announced: (/** @type {string} */ px) => `±${px} px expected`,
    predicted: (/** @type {string} */ px) => `±${px} px estimated`,
    unknown: "accuracy not known",
  },
  lost: (/** @type {string} */ percent) => `${percent} lost`,
  of: (/** @type {string} */ name) => `the recording ${name}`,
};

/** Numbers as people read them. */
export const UNITS = {
  seconds: (/** @type {number} */ seconds) => `${Math.round(seconds)} s`,
  minutes: (/** @type {number} */ seconds) => `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`,
  unfinished: "not finished",
  percent: (/** @type {number} */ share) => `${(100 * share).toFixed(share > 0 && share < 0.095 ? 1 : 0)} %`,
};

export const PROBLEMS = {
  list: "The list of recordings could not be read",
  open: (/** @type {string} */ name) => `${name} could not be opened`,
  save: "The change could not be saved",
  download: "Download failed",
  remove: "Delete failed",
  retry: "Try again",
  because: (/** @type {string} */ what, /** @type {string} */ why) => `${what}: ${why.replace(/\.$/, "")}.`,
};

export const EMPTY = {
  title: "No recordings yet",
  lead: "A recording shows where a person looked, in what order and for how long. Make one in one of these ways:",
  record: {
    title: "With your camera:",
    text: "on the tracking page, open “Record this session” before you start the dots.",
    link: "Track and record",
  },
  demo: {
    title: "Without a camera:",
    text: "record the simulated person of the demo in the same way.",
    link: "Open the demo",
  },
};

export const CHOOSE = {
  title: "Choose a recording",
  text: "Choose one on the left to replay it. Tick several to compare people.",
};

/** One recording: what a person may change, and what was measured. */
export const ABOUT = {
  title: (/** @type {string} */ name) => `About ${name}`,
  label: "Name in the lab",
  tags: "Tags, with commas between",
  note: "Note",
  person: "Person",
  started: "Recorded",
  length: "Length",
  size: "Size",
  holds: "Holds",
  pictures: "pictures of the face and numbers",
  numbers: "numbers only",
  study: "Study",
  measured: "Quality",
  save: "Save",
  close: "Close",
  download: "Download",
  remove: "Delete",
  confirm: "Really delete?",
  saved: "Saved",
  removed: "Recording deleted",
};

export const VIEWS = {
  title: "Views",
  replay: "Replay",
};

export const STIMULI = {
  title: "Stimulus",
  whole: "Whole recording",
};

export const WORK = {
  people: (/** @type {number} */ n) => `${n} recordings`,
  hz: (/** @type {number} */ hz) => `${Math.round(hz)} samples a second`,
  opening: "Opening…",
  problems: (/** @type {number} */ n) => (n === 1 ? "One part could not be read" : `${n} parts could not be read`),
  first: (/** @type {number} */ n, /** @type {number} */ all) => `The replay shows the first ${n} of ${all} recordings.`,
};

export const REPLAY = {
  play: "Play",
  pause: "Pause",
  stepBack: "One sample back (←)",
  stepOn: "One sample on (→)",
  speed: "Speed",
  radius: "Radius of error",
  trail: "Trail",
  nearer: "Show less time (+)",
  farther: "Show more time (−)",
  all: "Show all of the time (0)",
  time: "Time",
  /** @type {(now: string, whole: string) => string} */
  timeOf: (now, whole) => `${now} of ${whole}`,
  whole: (/** @type {string} */ time) => `/ ${time}`,
  keys: "Space plays. ← and → step by one sample, with Shift by one second. + and − zoom. Drag on the time line, or scroll with Ctrl to zoom.",
  lanes: {
    shown: "Stimuli",
    fixations: "Fixations",
    saccades: "Saccades",
    blinks: "Blinks",
    lost: "Lost data",
    marks: "Marks",
  },
};
