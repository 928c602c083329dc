/**
 * All texts of the page at `/`, in the order in which a person meets them. index.html names them by path, as in
 * `data-text="WELCOME.title"` (see ui/page-texts.js). Those that the plugin shows as well are in ui/texts.js.
 */
import { byInput, key } from "../ui/keys.js";

/** In every view: the head, the foot, the browser's tab. */
export const PAGE = {
  title: "Sightline: see where you look",
  skip: "Skip to content",
  name: "Sightline",
  home: "Sightline, start page",
  setUp: "Set-up",
  recordings: "Recordings",
  help: "Help",
  helpKey: `Help${key("?")}`,
  dots: "Dot game",
  notice: "Notice",
  footer: "Sightline is open source (MIT licence). It needs no account and no other host, and uploads nothing.",
};
export const KEY_NAMES = { space: "Space", escape: "Esc" };

export const DEMO = {
  badge: "Demo: a rendered person, no camera",
  start: "Start the demo",
  ownCamera: "Use my own camera",
  person: "The demo person",
};

export const CONNECTION = {
  connecting: "Connecting to the server",
  silent: "The server does not answer. If it has stopped, start Sightline again",
  noFrames: "The server analyses no pictures. Look at the window in which it runs, or start it again.",
  tryNow: "Try now",
  reload: "Reload the page",
  waiting: (/** @type {string} */ why, /** @type {number} */ seconds) => `${why}. Next try in ${seconds} s`,
  again: "Connected to the server again.",
  /** @param {string} user empty for a calibration that is not saved */
  restored: (user) =>
    `Connected again, with ${user ? `the calibration of ${user}` : "your calibration"}. If the gaze is off, press “Correct drift”${key("D")}.`,
  calibrationGone: "The server no longer has your calibration. Calibrate again.",
  calibrationLost: "Connected again, but the server no longer has your calibration. Calibrate again.",
  serverError: "The server reported an error.",
};

/** The age of a calibration. @param {number} minutes */
const AGO = (minutes) => {
  if (minutes < 1) return "just now";
  return minutes < 90 ? `${Math.round(minutes)} min ago` : `${Math.round(minutes / 60)} h ago`;
};

export const WELCOME = {
  title: "See where you\u00a0look.",
  lead:
    "Sightline follows your eyes with an ordinary webcam. Look at nine dots for half a minute. Then your gaze moves " +
    "over the page, with a measured accuracy.",
  start: "Start the camera",
  demo: "No camera? See the demo",
  /** After the tab was loaded again. */
  kept: (/** @type {number} */ minutes) => `Your calibration (${AGO(minutes)}) is used again when you start.`,
  privacyTitle: "Frames stay on this machine.",
  privacy:
    "The page sends them to the server that you started. The server analyses each frame once and keeps none, unless you " +
    "record. Nothing is uploaded.",
  steps: {
    camera: {
      title: "Allow the camera",
      text: "The browser asks you first. Then you see your own picture. Sit in the middle of it.",
    },
    dots: {
      title: "Follow nine dots",
      text: "This takes half a minute. Sightline learns what your eyes look like at each dot.",
    },
    gaze: {
      title: "Watch your gaze",
      text: "A dot and a heat map follow your eyes. Other programs can read the same gaze points.",
    },
  },
};

/** Under what ui/texts.js says of the problem. */
export const CAMERA_PROBLEM = { demo: "See the demo instead" };

/** Before the dots, under the checks of ui/texts.js. */
export const SETUP = {
  back: "Back to tracking",
  sound: "Sound",
  soundHint: "(a soft tone at each dot)",
  degrees: "Show accuracy in degrees",
  degreesHint: "Degrees need the physical size of your screen.",
  diagonal: "Or enter its diagonal in inches",
  diagonalExample: "for example 15.6",
};

/** Which monitor is meant, where there may be several. */
export const MONITOR = {
  title: "Several monitors?",
  here: (/** @type {number} */ width, /** @type {number} */ height) => `This window is on a monitor of ${width} × ${height} px.`,
  hint:
    "The dots appear on this window's monitor, and the calibration is for that monitor only. The camera should stand on it. " +
    "For another monitor, calibrate again.",
  choose: "Show my monitors",
  numbered: (/** @type {number} */ n) => `Monitor ${n}`,
  name: (/** @type {string} */ label, /** @type {number} */ width, /** @type {number} */ height, /** @type {boolean} */ here) =>
    `${label}, ${width} × ${height}${here ? " (this window)" : ""}`,
  filled: "The page is in full screen on that monitor. Leave the full screen to bring the window back to where it was.",
  notFilled: "The browser did not move the page. Drag this window to that monitor, then start the dots.",
  refused: "The browser does not name the monitors. Drag this window to the monitor that you want, then start the dots.",
  unnamed: "This browser does not name monitors. Drag this window to the monitor that you want, then start the dots.",
};

export const PLAN = {
  title: "Number of dots",
  quick: { name: "Quick", dots: "5 dots" },
  standard: { name: "Standard", dots: "9 dots" },
  dense: { name: "Dense", dots: "16 dots" },
  thorough: { name: "Moving", dots: "13 dots, motion" },
  own: { name: "Own" },
  names: /** @type {Record<number, string>} */ ({ 5: "Five", 9: "Nine", 13: "Thirteen", 16: "Sixteen" }),
  dots: (/** @type {string | number} */ n) => `${n} dots`,
  ownDots: (/** @type {string} */ n) => `${n} dots of your own`,
  moving: (/** @type {string | number} */ n) => `${n} dots, a moving dot and a turn of the head`,
  seconds: (/** @type {number} */ seconds) => `${seconds} s`,
  hint: (/** @type {string} */ dots, /** @type {string} */ time) => `${dots}, about ${time}, in full screen.`,
};

export const PROFILES = {
  title: "Use a saved calibration",
  ways: {
    title: "With how many dots",
    three: { name: "Three dots", words: "It learns from your earlier sessions, and from three dots today." },
    nine: { name: "Nine dots", words: "It learns from your earlier sessions, and from nine dots today." },
    none: { name: "No dots", words: "It is used as it was saved." },
  },
  elsewhere: "Saved for another screen or camera",
  import: "Import a calibration",
  file: "Exported file",
  of: (/** @type {string} */ user) => `the calibration of ${user}`,
  use: (/** @type {string} */ user, /** @type {string} */ about) => `Use the calibration of ${user}, ${about}`,
  accuracy: (/** @type {number} */ px) => `expected error ${Math.round(px)} px`,
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
  /** After the dots. */
  save: {
    title: "Save this calibration?",
    hint: "It holds numbers, among them averaged grey pictures of each eye (20 x 10 points), and no photo. The server stores it for this screen and camera.",
    name: "Name of the calibration",
    button: "Save",
    /** Of the button that leads to the form. */
    goTo: "Save this calibration",
    saved: "Your next calibration learns from it: three dots are enough then.",
  },
  savedAs: (/** @type {string} */ user) => `Saved as ${user}`,
  replaces: (/** @type {string} */ user) => `This replaces the calibration saved as ${user}.`,
  noName: "Enter a name.",
  badName: "Use letters and digits, with spaces, dots, dashes or apostrophes between them.",
};

/** Recording, from its consent on. */
export const RECORDING = {
  title: "Record this session",
  hint: "Recording is off unless you tick a box. Recordings stay on this machine until you delete them under Recordings.",
  numbers: "Record where I look",
  numbersHint: "(numbers)",
  pictures: "Also record pictures of my face",
  picturesHint: "(I agree that this machine stores them, to measure and improve the accuracy)",
  withPictures: "Recording with pictures",
  numbersOnly: "Recording numbers only",
  lampNumbers: "Recording numbers",
  lost: "The connection was lost. The recording has ended; what it has so far is saved.",
  /** After the words of the lamp. */
  newPart: ", new part",
  stop: "Stop",
  stopped: (/** @type {string} */ why) => `The recording stopped${why && `: ${why}`}.`,
  saved: (/** @type {string} */ why) => `The recording is saved${why && `: ${why}`}.`,
};

/** After the dots, around the figures of ui/texts.js. */
export const RESULTS = {
  calibrated: (/** @type {number} */ px) => `Calibrated. Expected error ${Math.round(px)} pixels.`,
  gameFailed: "The dots gave no result.",
  track: "Start tracking",
  validate: "Measure the accuracy",
  check: "Check it with three dots",
  picture: "Your screen with each dot and the gaze estimated for it. The table below has the figures.",
  key: { dot: "dot", good: "estimated gaze: small error", fair: "medium error", poor: "large error" },
  compared: "Compared with simpler methods",
  comparedHint: "The same error for each method, from the same frames. Each dot was estimated without its own frames.",
};
export const TABLE = {
  title: "All dots as a table",
  dot: "Dot",
  position: "Position (x, y)",
  error: "Error",
  errorPx: "Error, px",
  offsetPx: "Offset right, down, px",
  spreadPx: "Spread, px",
  frames: "Frames used",
};
export const VALIDATION = {
  validated: (/** @type {number} */ px) => `Measured error ${Math.round(px)} pixels.`,
  incomplete: "Not measured at every dot.",
  error: "Measured error",
  px: "px",
  again: "Measure again",
  map: "Map of the error over your screen. The table below has the figures.",
  saveMap: "Save map (PNG)",
  saveFigures: "Save figures (JSON)",
};

export const TRACKING = {
  title: "Where do your eyes go first?",
  hint: "Look around. The dot is your gaze. Two times out of three, you look inside its ring.",
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
    camera_off: "Camera off",
    frozen: "The camera's picture stands still",
    no_frames: "No answer from the server",
    offline: "No connection to the server",
    error: "A frame could not be read",
  }),
  unlikeEyes: "Eyes look different: less accurate",
  /** In place of the hint, by the cause that a gaze message names (`doubt`). */
  doubts: /** @type {Record<string, string>} */ (
    Object.fromEntries(
      Object.entries({
        nearer: ["You have moved nearer", "Move back"],
        farther: ["You have moved back", "Come nearer"],
        left: ["You have moved to your left", "Move to your right"],
        right: ["You have moved to your right", "Move to your left"],
        higher: ["You sit higher than at the dots", "Sit lower"],
        lower: ["You sit lower than at the dots", "Sit up"],
        turned: ["You have turned your head", "Turn it back"],
        moved: ["You have moved since the dots", "Sit as before"],
        eyes: ["Your eyes look different than at the dots", "Remove reflections and what covers them"],
      }).map(([cause, [why, what]]) => [cause, `${why}: less accurate. ${what}, or recalibrate${key("R")}.`]),
    )
  ),
  /** In place of the hint, in long sessions. */
  offerByAge: (/** @type {number} */ minutes) => `Last check: ${minutes} min ago. Is the dot still right?`,
  offerByError: "The ring has grown: perhaps you sit differently now.",
  offerAccept: "Check with one dot",
  offerLater: "Not now",
  frozen:
    "The camera's picture stands still. Close other programs that use the camera, or unplug the camera and plug it in again.",
  dark: "The picture is dark",
  darkAdvice: "The camera's picture is dark. Open its shutter or cover, or turn on a light.",
  changed: "Set up differently: less accurate",
  recalibrateBecause: (/** @type {string} */ why) => `${why[0].toUpperCase()}${why.slice(1)}. Recalibrate${key("R")}.`,
  moved: `You have moved since the calibration. Sit as before, press “Correct drift”${key("D")}, or recalibrate${key("R")}.`,
  age: (/** @type {number} */ minutes) => `Calibrated ${AGO(minutes)}.`,
  reloaded: `Your calibration is active again. If the gaze is off, press “Correct drift”${key("D")}.`,
  /** The bar. Each button has a short label, and a title that names its key. */
  rate: "frames/s",
  rateTitle: "Analysed frames per second",
  delay: "ms delay",
  delayTitle: "Time from the camera frame to the gaze point",
  px: "px",
  tooInaccurate: "too inaccurate",
  error: "radius of the ring",
  errorTitle: "Radius of the ring: two times out of three, you look inside it",
  bar: "Tracking",
  tools: "Tools",
  pause: "Pause",
  pauseTitle: `Pause: no frame is sent until you continue${key("P")}`,
  resume: "Continue",
  resumeTitle: `Continue${key("P")}`,
  paused: "Paused. No frame is sent.",
  resumed: "Tracking continues.",
  cameraOff: "Camera off",
  cameraOffTitle: `Camera off; the calibration stays${key("O")}`,
  cameraOn: "Camera on",
  cameraOnTitle: `Camera on${key("O")}`,
  cameraIsOff: "The camera is off. The calibration stays.",
  cameraIsOn: "The camera is on.",
  picture: "Picture",
  pictureTitle: `Your camera picture on or off${key("I")}`,
  noPicture: "The camera is off",
  heatmap: "Heat map",
  heatmapTitle: `Heat map on or off${key("H")}`,
  heatmapOn: "Heat map on",
  heatmapOff: "Heat map off",
  clear: "Clear",
  clearTitle: `Clear the heat map${key("C")}`,
  heatmapCleared: "Heat map cleared",
  save: "Save",
  saveTitle: `Save the heat map as a PNG${key("S")}`,
  heatmapEmpty: "The heat map is empty",
  heatmapSaved: "Heat map saved",
  heatmapShort: "short",
  heatmapLong: "looked at longest",
  heatmapNote: (/** @type {string} */ when) => `Sightline, ${when}. Grey: the page while the picture was saved.`,
  fullScreen: "Full screen",
  fullScreenTitle: `Full screen${key("F")}`,
  drift: "Correct drift",
  driftTitle: `Look at one dot to correct a drift${key("D")}`,
  driftCorrected: (/** @type {number} */ px) => `Drift corrected. The gaze was ${Math.round(px)} px off.`,
  undo: "Undo",
  clicks: "Learn from clicks",
  clicksTitle: `Learn from clicks: look at what you click${key("L")}`,
  clicksOn: "Learning from clicks is on. Look at what you click.",
  clicksOff: "Learning from clicks is off.",
  clickNotUsed: "not used",
  clickReason: (/** @type {string} */ reason) => `The last click was not used: ${reason}`,
  recalibrate: "Recalibrate",
  recalibrateTitle: `Calibrate again${key("R")}`,
  display: "Settings",
  displayTitle: `Settings of the gaze dot and this bar${key("G")}`,
  help: "Help",
  helpTitle: `Help${key("?")}`,
  fold: "All tools",
  foldTitle: `Show or hide the tools${key("B")}`,
};

/** The panel that sets how the gaze is shown. */
export const DISPLAY = {
  title: "Settings",
  dot: "Size of the gaze dot",
  px: (/** @type {number} */ px) => `${px} px`,
  ring: "Ring: two times out of three, you look inside it",
  smoothing: "Smoothing",
  smoothings: {
    own: "As the server is set",
    none: "None: every point as estimated",
    light: "Light: faster, less steady",
    medium: "Medium",
    strong: "Strong: steadier, slower",
  },
  smoothingHint: "Programs that read this session get the same points.",
  picture: "My camera picture",
  offers: "Offer a check with one dot now and then",
  barOnTop: "Bar at the top of the window",
  reset: "Reset",
  close: "Close",
};

/** What there is to look at. */
export const PICTURES = {
  lighthouse: { alt: "A lighthouse at night, its beam over the sea", caption: "Lighthouse, two in the morning" },
  balloons: { alt: "Three hot-air balloons over hills", caption: "Three balloons, no wind" },
  cat: { alt: "A black cat on a window sill", caption: "The cat has seen you, too" },
  mountain: { alt: "A mountain lake at sunrise", caption: "Lake, before the others wake" },
  fish: { alt: "One red fish in a shoal of grey ones", caption: "One of these is different" },
  cup: { alt: "A steaming cup of coffee beside a book", caption: "Coffee, page one" },
};

export const STREAM = {
  label: "JSON stream of this session:",
  copy: "Copy",
  copyTitle: "Copy the address, for programs that read the gaze",
  copyToken: "Copy with token",
  copyTokenTitle: "Copy the address with this session's token: programs that have it may also calibrate, record and pause",
  copied: "Copied",
  pressCopy: byInput("Press Ctrl+C", "Copy it by hand"),
  announceCopied: "Stream address copied",
  announceSelect: "Select and copy the stream address",
};

/** At the foot of each view. */
export const LINKS = {
  title: "More of Sightline",
  example: "Example: gaze in a page",
  keyboard: "Eye keyboard",
  study: "Study",
  lab: "Lab",
  protocol: "Protocol",
};

/** The list of recordings. */
export const RECORDINGS = {
  title: "Recordings",
  hint: "Recordings stay on this machine.",
  /** After the command `sightline evaluate`. */
  evaluate: "measures the accuracy of a recording that has pictures, a calibration and new dots.",
  lab: "Open the lab",
  labHint: "It replays recordings, draws heat maps and scan paths, and measures areas of interest.",
  /** A link at a recording, to the lab. */
  open: "Replay",
  empty: "There are no recordings. Open “Record this session” before you start the dots.",
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
  retry: "Try again",
  downloadFailed: "Download failed",
  deleteFailed: "Delete failed",
  back: "Back",
};

/** @param {string} what has failed @param {string} why */
export const FAILURE = (what, why) => `${what}: ${why}.`;

export const HELP = {
  title: "Help",
  close: "Close",
  figures: {
    title: "What the figures mean",
    dot: { term: "Dot", text: "The point on the screen where Sightline estimates that you look." },
    ring: {
      term: "Ring",
      text:
        "Two times out of three, you look at a place inside the ring. It is larger where, or while, the accuracy is lower. The " +
        "bar shows its radius in px.",
    },
    error: {
      term: "Error",
      text:
        "The distance between the place you look at and the point that Sightline estimates from one frame, in px. Half of the points " +
        "are closer than the error that is shown. In degrees, it is the angle between the two as seen from your eyes: at arm's length, " +
        "one degree is about 1 cm on the screen. Sightline expects it from dots that it leaves out, and measures it on new dots.",
    },
    accuracy: {
      term: "Accuracy and precision",
      text:
        "The two parts of the error, as eye trackers report them: how far the mean of a dot's frames is from the dot, and how " +
        "much the estimate varies while you look at one place.",
    },
    map: {
      term: "Accuracy map",
      text:
        "Your screen with the measured dots. A line leads from each dot to the mean estimate for it. The colour shows the " +
        "error: green is small, orange is large.",
    },
    heatmap: { term: "Heat map", text: "The places that you looked at since the last clear. Warmer colours mean longer." },
  },
  advice: {
    title: "How to get good accuracy",
    light: { term: "Light", text: "put a lamp or a window in front of you, not behind you." },
    glasses: {
      term: "Glasses",
      text: "tilt the screen or move the lamp until the glasses show no reflection over your eyes.",
    },
    camera: { term: "Camera", text: "place it at the upper edge of the screen, in the middle, and clean the lens." },
    position: {
      term: "Position",
      text: "sit at arm's length (45 to 75 cm) and keep your head where it was during the dots.",
    },
    drift: {
      term: "Drift",
      text:
        `if the dot is off in the same direction everywhere, press “Correct drift”${key("D")}. If the direction differs over the ` +
        `screen, recalibrate${key("R")}.`,
    },
  },
  keys: {
    title: "Keyboard shortcuts",
    help: "Help",
    space: "Press the filled button. During the dots: pause and continue",
    escape: "Stop the dots",
    sound: "Sound on or off, during the dots",
    validate: "Measure the accuracy on new dots",
    recalibrate: "Calibrate again",
    drift: "Correct drift",
    clicks: "Learn from clicks on or off",
    heatmap: "Heat map on or off",
    clear: "Clear the heat map",
    save: "Save the heat map",
    fullScreen: "Full screen",
    pause: "Pause and continue the tracking",
    camera: "Camera off and on; the calibration stays",
    picture: "Your camera picture on or off",
    display: "Settings",
    bar: "Show or hide the tools of the bar",
  },
  limits: {
    title: "Limits",
    webcam: "A webcam shows which part of a page you look at. It cannot show which word or letter.",
    onePerson: "Sightline tracks one person. Other faces in the picture interrupt it.",
    calibration:
      "A calibration is valid for one person, one screen and one camera. A changed position makes it less accurate.",
    medical: "Sightline is not a medical device.",
  },
};
