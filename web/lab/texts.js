/** All texts of the lab, in the order in which a person meets them. index.html names them, as in `data-text="PAGE.title"`. */

import { byInput, key } from "../ui/keys.js";

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
  participant: (/** @type {number} */ n) => `Participant ${n}`,
  interrupted: "interrupted",
  done: "Show what is chosen",
};

/** Numbers as people read them. */
export const UNITS = {
  seconds: (/** @type {number} */ seconds) => `${Math.round(seconds)} s`,
  minutes: (/** @type {number} */ seconds) => `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`,
  unfinished: "not finished",
  shortTime: (/** @type {number} */ ms) => (ms > 0 && ms < 995 ? `${Math.round(ms / 10) * 10} ms` : `${(ms / 1000).toFixed(ms > 0 && ms < 9950 ? 1 : 0)} s`),
  percent: (/** @type {number} */ share) => `${(100 * share).toFixed(share > 0 && share < 0.095 ? 1 : 0)} %`,
};

export const PROBLEMS = {
  list: "The list of recordings could not be read",
  open: (/** @type {string} */ name) => `${name} could not be opened`,
  save: "The change could not be saved",
  download: "Download failed",
  remove: "Delete failed",
  needsToken: "this server needs a token for it. Read the list of recordings again to enter one",
  retry: "Try again",
  because: (/** @type {string} */ what, /** @type {string} */ why) => `${what}: ${why.replace(/\.$/, "")}.`,
};

/** Where other machines can reach the server. */
export const TOKEN = {
  title: "This lab needs a token",
  text: "Other machines can reach this server, so it does not show its recordings to everyone. On the machine of the server, run",
  command: (/** @type {string} */ origin) => `sightline token --lab ${origin}`,
  label: "Token that it prints",
  open: "Open the lab",
  wrong: "This token opens no recordings. It is valid until the server stops; that of a session, as long as the session.",
  session: "The token of a session opens the recordings of that session.",
};

export const EMPTY = {
  title: "No recordings yet",
  lead: "A recording shows where a person looked, in what order and for how long. Make one in one of these ways:",

  study: {
    title: "The example study:",
    text: "six pictures, with your camera or with a rendered person.",
    link: "Try the example study",
  },
  record: {
    title: "Your own session:",
    text: "on the tracking page, open “Record this session” before you start the dots.",
    link: "Track and record",
  },
};

export const CHOOSE = {
  title: "Choose a recording",
  text: "Choose one in the list to replay it. Tick several to compare people.",
  list: "Show the list",
  gone: "The recording of this address is no longer here. It may have been deleted.",
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
  pictures: "Pictures",
  areas: "Areas",
};

export const STIMULI = {
  title: "Stimulus",
  whole: "Whole recording",
  add: "Add its picture",
  none: (/** @type {string} */ name) => `The picture of “${name}” is not in the recording.`,
  addFailed: "The picture could not be added",
};

export const WORK = {
  people: (/** @type {number} */ n) => `${n} recordings`,
  hz: (/** @type {number} */ hz) => `${Math.round(hz)} samples a second`,
  some: (/** @type {string} */ names, /** @type {number} */ more) => `${names} and ${more} more`,
  noGaze: "There is no gaze in this recording, so there is nothing to show of it.",
  opening: "Opening…",
  progress: (/** @type {number} */ done, /** @type {number} */ all) => `Opened ${done} of ${all}…`,
  problems: (/** @type {number} */ n) => (n === 1 ? "One part could not be read" : `${n} parts could not be read`),
  first: (/** @type {number} */ n, /** @type {number} */ all) => `The replay shows the first ${n} of ${all} recordings.`,
};

export const REPLAY = {
  play: "Play",
  pause: "Pause",
  stepBack: `One sample back${key("←")}`,
  stepOn: `One sample on${key("→")}`,
  speed: "Speed",
  radius: "Radius of error",
  trail: "Trail",
  nearer: `Show less time${key("+")}`,
  farther: `Show more time${key("−")}`,
  all: `Show all of the time${key("0")}`,
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

export const PICTURES = {
  kind: "Picture",
  kinds: { heat: "Heat map", focus: "Focus map", path: "Scan path", gaze: "Gaze plot" },
  about: {
    heat: "Where people looked longest. Colours show the time of the fixations near each place.",
    focus: "What people saw: the rest is dark.",
    path: "The order of the fixations. A larger circle is a longer fixation.",
    gaze: "Each measured point of gaze.",
  },
  scale: "Colours",
  scales: { warm: "Blue to red", light: "Dark to light (colour-blind safe)" },
  opacity: "Opacity",
  ownRadius: "Radius of each person's accuracy",
  radius: "Radius, of the width",
  end: "Scale ends at (s)",
  longest: "longest time",
  circles: "Circle size",
  numbers: "Numbers",
  lines: "Lines",
  dots: "Dot size",
  grey: "Stimulus in grey",
  areas: "Areas of interest",
  from: "From (s)",
  start: "start",
  to: "To (s)",
  png: "Save PNG",
  svg: "SVG",
  saved: "Picture saved",
  failed: "The picture could not be made",
  order: "“From” must be before “To”, and both are seconds after the onset",
  files: { heat: "heatmap", focus: "focusmap", path: "scanpath", gaze: "gazeplot" },
  screen: "the whole screen",
  shows: (/** @type {string} */ kind, /** @type {string} */ what) => `${kind} of ${what}`,
  people: (/** @type {number} */ n) => `${n} recordings`,
  more: (/** @type {number} */ n) => `and ${n} more`,
  span: (/** @type {string} */ from, /** @type {string} */ to) => `${from} to ${to}`,
  accuracy: (/** @type {string} */ px) => `accuracy ±${px} px`,
  accuracyRange: (/** @type {string} */ least, /** @type {string} */ most) => `accuracy ±${least} to ±${most} px`,
  accuracyUnknown: "accuracy not known",
  lost: (/** @type {string} */ percent) => `${percent} of the samples lost`,
  source: (/** @type {string} */ day) => `Sightline, ${day}`,
  scaleWords: (/** @type {number} */ n) => (n > 1 ? `time of fixation near a place, mean of ${n} recordings` : "time of fixation near a place"),
};

export const AREAS = {
  title: "Areas of interest",
  none: "Draw an area: choose a shape above, then drag over the picture. A table then shows who looked at it, when and for how long.",
  place: "Areas on the stimulus",
  toolsTitle: "Tools",
  tools: {
    choose: "Choose",
    chooseTitle: `Choose and move${key("V")}`,
    rectangle: "Rectangle",
    rectangleTitle: `Draw a rectangle${key("R")}`,
    ellipse: "Ellipse",
    ellipseTitle: `Draw an ellipse${key("E")}`,
    polygon: "Polygon",
    polygonTitle: `Draw a polygon${key("P")}`,
  },
  hints: {
    none: "Choose a shape, then drag over the picture.",
    choose: `Drag an area to move it, its dots to resize it.${byInput(" Arrow keys move, with Shift they resize.", "")}`,
    corners: `Drag a corner to move it, a small dot to add one. Two presses on a corner delete it.${byInput(" Keys: C, arrows, Insert, Delete.", "")}`,
    rectangle: `Drag over the picture.${byInput(" Keys: arrows, Enter sets a corner, Escape ends.", "")}`,
    ellipse: `Drag over the picture.${byInput(" Keys: arrows, Enter sets a corner, Escape ends.", "")}`,
    polygon: `Press for each corner; press the first one again to close.${byInput(" Keys: arrows, Enter, Escape.", "")}`,
  },
  undo: `Undo${key("Ctrl+Z")}`,
  redo: `Redo${key("Ctrl+Shift+Z")}`,
  shapes: { rectangle: "rectangle", ellipse: "ellipse", polygon: "polygon" },
  describe: (/** @type {string} */ name, /** @type {string} */ shape) => `${name}, ${shape}`,
  crosshair: "Move the crosshair with the arrow keys. Enter sets a corner.",
  corner: (/** @type {number} */ n, /** @type {boolean} */ closes) => `Corner ${n} is set.${closes ? " Enter on a corner closes the polygon." : ""}`,
  cornerOf: (/** @type {number} */ n, /** @type {number} */ all, /** @type {string} */ name) => `Corner ${n} of ${all} of ${name}`,
  cornerDeleted: (/** @type {number} */ left) => `Corner deleted, ${left} are left.`,
  lastCorners: "A polygon needs three corners.",
  first: "Area 1",
  made: (/** @type {string} */ name) => `${name} is drawn. Type its name.`,
  taken: (/** @type {string} */ name, /** @type {string} */ free) => `The name “${name}” is taken. This area is “${free}”.`,
  reported: (/** @type {string[]} */ times) => ["reported by the page", ...(times.length > 2 ? [`${times.length} times`] : times)].join(", "),
  span: (/** @type {string} */ from, /** @type {string} */ to) => `${from} to ${to}`,
  nameOf: (/** @type {string} */ name) => `Name of the area ${name}`,
  copy: (/** @type {string} */ name) => `Copy ${name}`,
  own: (/** @type {string} */ name) => `Copy ${name} to change it`,
  remove: (/** @type {string} */ name) => `Delete ${name}`,
  time: {
    counts: "From",
    until: "to",
    unit: "s",
    start: "start",
    end: "end",
    hint: "Looks count only in this time, in seconds after the onset",
    from: (/** @type {string} */ name) => `${name} counts from: seconds after the onset`,
    to: (/** @type {string} */ name) => `${name} counts until: seconds after the onset`,
    order: (/** @type {string} */ name) => `The time of “${name}” must begin before it ends.`,
    late: (/** @type {string} */ name, /** @type {string} */ longest) => `The time of “${name}” must begin before ${longest}, when the stimulus ends.`,
  },
  import: "Open file",
  importTitle: "Open a file areas.json",
  export: "Save file",
  exportTitle: "Save areas.json, which “sightline analyse --areas” and “sightline export --areas” read",
  here: "The areas are kept in this browser only",
  imported: (/** @type {number} */ here, /** @type {string[]} */ others) => {
    const elsewhere = others.length ? ` The file has areas of ${others.join(", ")}, too.` : "";
    if (here) return `${here === 1 ? "One area" : `${here} areas`} opened.${elsewhere}`;
    return others.length ? `Areas of ${others.join(", ")} opened. The file has none of this stimulus.` : "The file has no areas.";
  },
  failed: "The metrics could not be computed",
  file: {
    failed: (/** @type {string} */ name) => `${name} was not opened`,
    noJson: "it is not JSON",
    noAreas: "it has no areas, or not as a list",
    tooMany: (/** @type {number} */ most) => `At most ${most} areas are possible`,
    double: (/** @type {string} */ name) => `two areas have the name “${name}”`,
    name: (/** @type {number} */ place, /** @type {number} */ most) => `the name of area ${place} must have 1 to ${most} printable characters`,
    elsewhere: (/** @type {string} */ name) => `an area can’t have the name “${name}”, which stands for no area`,
    shape: (/** @type {string} */ name) => `“${name}” must be a rectangle, an ellipse or a polygon`,
    outside: (/** @type {string} */ name) => `“${name}” lies outside of the stimulus, which is 0 to 1 in both directions`,
    points: (/** @type {string} */ name) => `“${name}” needs two corners, a polygon 3 to 200, each [x, y] from 0 to 1`,
    span: (/** @type {string} */ name) => `the time of “${name}” must begin before it ends: span_ms is [from, to] in ms, or [from, null]`,
  },
  csv: { metrics: "Metrics (CSV)", fixations: "Fixations (CSV)", transitions: "Transitions (CSV)" },
  report: "Report (HTML)",
  all: "All files (ZIP)",
  allTitle: "Tables, figures, report and areas.json of this stimulus",
  saved: "File saved",
};

/** By the server's names. */
export const METRICS = {
  title: "Metrics",
  table: "Table of metrics",
  hint: "Means over people; below them the 95 % interval. Certainty: how sure it is, with each person's accuracy, that the gaze was inside.",
  whose: "Show",
  mean: (/** @type {number} */ n) => `Mean of ${n}`,
  area: "Area",
  compare: "Compare",
  metric: "Metric",
  sequence: "Order of visits",
  none: "–",
  units: { share: " %", time: " s", count: "" },
  yes: "yes",
  no: "no",
  interval: (/** @type {string} */ low, /** @type {string} */ high) => `${low} to ${high}`,
  names: /** @type {Record<string, string>} */ ({
    looked: "Looked",
    time_to_first_fixation_ms: "Time to first fixation",
    first_fixation_duration_ms: "First fixation",
    fixation_count: "Fixations",
    mean_fixation_ms: "Mean fixation",
    dwell_ms: "Total dwell",
    mean_dwell_ms: "Mean dwell",
    visits: "Visits",
    revisits: "Revisits",
    share: "Share of time",
    certainty: "Certainty",
  }),
  about: /** @type {Record<string, string>} */ ({
    looked: "Share of the people who looked at the area at least once",
    time_to_first_fixation_ms: "From the onset of the stimulus, or the beginning of the area's own time, to the first fixation in the area",
    first_fixation_duration_ms: "Duration of the first fixation in the area",
    fixation_count: "Number of fixations in the area",
    mean_fixation_ms: "Mean duration of a fixation in the area",
    dwell_ms: "Sum of all visits, each from the start of its first fixation to the end of its last",
    mean_dwell_ms: "Mean duration of a visit",
    visits: "How often the gaze came into the area",
    revisits: "Visits after the first of the same showing",
    share: "Share of all fixation time while the area was there",
    certainty: "Mean probability that the gaze was inside, with the person's own error",
  }),
};

export const TRANSITIONS = {
  title: "Transitions between areas",
  table: "Table of transitions",
  hint: "From the row to the column. A stronger colour is a larger share of the row.",
  elsewhere: "elsewhere",
  none: "–",
  /** @type {(from: string, to: string, count: number, percent: number) => string} */
  cell: (from, to, count, percent) => `${from} to ${to}: ${count}, ${percent} % of ${from}`,
};
