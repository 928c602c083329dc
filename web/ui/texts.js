/**
 * The texts that page and plugin share, in the order in which a person meets them. Functions take numbers in the unit that
 * the parameter names.
 */

import { byInput, key } from "./keys.js";

/** @typedef {{title: string, steps: string[]}} ProblemText */

export const CAMERA = {
  label: "Camera",
  numbered: (/** @type {number} */ n) => `Camera ${n}`,
  /** By the name of the error. */
  problems: /** @type {Record<string, ProblemText>} */ ({
    NotAllowedError: {
      title: "The camera is blocked for this page",
      steps: [
        "Press the camera or lock symbol beside the address and set Camera to Allow.",
        "On macOS and Windows, check in the system's privacy settings that the browser may use the camera.",
        "Then press Try again.",
      ],
    },
    DismissedError: {
      title: "The question about the camera was closed",
      steps: ["Press Try again. The browser then asks once more.", "Choose Allow."],
    },
    SystemError: {
      title: "The system blocks the camera for this browser",
      steps: [
        "On macOS: System Settings, Privacy & Security, Camera. Turn the browser on there, then restart it.",
        "On Windows: Settings, Privacy & security, Camera. Allow desktop apps to use the camera.",
        "Then press Try again.",
      ],
    },
    FrameError: {
      title: "The page around this one gives it no camera",
      steps: ["Open this page in a tab of its own.", "If you made the page around it, add allow=\"camera\" to its frame."],
    },
    UnsupportedError: {
      title: "This browser gives pages no camera",
      steps: [
        "Open this page in a current Chrome, Edge, Firefox or Safari.",
        "Open it at its localhost address or over https: at other addresses, browsers give no camera.",
      ],
    },
    NotFoundError: {
      title: "No camera was found",
      steps: [
        "Plug a webcam in, or turn on the built-in one. Some laptops have a key or a shutter for it.",
        "In a remote desktop or a virtual machine, pass the camera through.",
        "Then press Try again.",
      ],
    },
    NotReadableError: {
      title: "Another program is using the camera",
      steps: [
        "Close video calls, camera apps and other browser tabs that show your picture.",
        "Then press Try again. Other cameras that are plugged in are offered below.",
        "If that does not help, unplug the camera and plug it in again, or restart the browser.",
      ],
    },
    OverconstrainedError: {
      title: "The camera does not support the requested settings",
      steps: ["The camera that was used last may be missing.", "Press Try again. The page then takes any camera that it finds."],
    },
    InsecureContextError: {
      title: "This address may not use the camera",
      steps: [
        "Browsers allow the camera only on this machine (localhost) or over https.",
        "On the machine that runs Sightline, open the localhost address below.",
        "For other machines, start Sightline with --tls auto, and open the https address that it prints.",
      ],
    },
    EndedError: {
      title: "The camera stopped",
      steps: [
        "It was unplugged, or another program took it.",
        "Plug it in again, then press Try again. Other cameras that are plugged in are offered below.",
      ],
    },
    DemoError: {
      title: "The demo person could not be loaded",
      steps: [
        "The pictures belong in the folder web/demo/person of this server. Check that they are there.",
        "You can still use your own camera with the link below.",
      ],
    },
  }),
  unknown: "The camera could not be started",
  unknownStep: "Press Try again, or restart the browser.",
  retry: "Try again",
  another: "Another camera",
  choose: "Choose a camera",
  openHere: (/** @type {string} */ host) => `Open ${host}`,
  openAlone: "Open in a tab of its own",
  browserSays: "The browser reports:",
};

const cm = (/** @type {number} */ mm) => `${Math.round(mm / 10)} cm`;

/** What the page checks before the dots. Each text may get a sentence after it, so it ends without a full stop. */
export const POSITIONING = {
  title: "Sit comfortably",
  hint: "Bring your face into the oval, an arm's length from the screen. Keep that position during the dots.",
  picture: "Your camera picture, mirrored",
  ready: byInput("Ready. Press Space to start.", "Ready. Press “Start the dots”."),
  unknown: { found: "Looking for your face", centred: "Position", distance: "Distance", light: "Light", glare: "Reflections" },
  frozen: "The camera's picture stands still: close other programs that use it, or plug the camera in again",
  noFrames: "Waiting for the server",
  noFace: "No face: bring your whole face into the picture",
  dark: "The picture is dark: open the camera's shutter or cover, or turn on a light",
  notAlone: "More than one face: only you may be in the picture",
  found: "Face found",
  eyesClosed: "Face found, eyes closed",
  centred: "In the middle",
  /** @param {"left" | "right" | ""} side @param {"up" | "down" | ""} lift */
  move: (side, lift) => `Move a little ${[side && `to your ${side}`, lift].filter(Boolean).join(" and ")}`,
  tooLarge: "Your face does not fit into the oval: move back a little",
  /** @param {number | undefined} mm if known */
  goodDistance: (mm) => (mm ? `Good distance, about ${cm(mm)}` : "Good distance"),
  tooNear: (/** @type {number | undefined} */ mm) =>
    mm ? `Too near: you are about ${cm(mm)} away. Move back to 45 to 75 cm` : "Too near: move back a little",
  tooFar: (/** @type {number | undefined} */ mm) =>
    mm ? `Too far: you are about ${cm(mm)} away. Come closer, to 45 to 75 cm` : "Too far: come closer",
  goodLight: "Good light",
  tooDark: "Too dark: turn on a light in front of you",
  tooBright: "Too bright: avoid direct light",
  noGlare: "No reflections on your eyes",
  glare: "Glare on your glasses: tilt the screen or move the lamp",
  start: "Start the dots",
};

export const GAME = {
  calibrate: "Look at each dot until it moves on.",
  validate: "New dots measure the accuracy.",
  check: "Three dots show whether the calibration still fits.",
  drift: "Look at the dot.",
  pursuit: "Now follow the dot with your eyes.",
  headRound: "Keep your eyes on the dot. Slowly turn your head to where the arrow points, and back.",
  left: (/** @type {number} */ seconds) => `${seconds} s left`,
  /** @param {number} n dots @param {"extra" | "few" | "slow" | "other"} reason */
  again: (n, reason) => {
    const dots = n === 1 ? "One dot" : `${n} dots`;
    if (reason === "extra") return `${dots} more, where the accuracy is lowest.`;
    if (reason === "slow") return `${dots} again. The frame rate was low.`;
    return reason === "few" ? `${dots} again, eyes wide open.` : `${dots} again. Look straight at ${n === 1 ? "it" : "each"}.`;
  },
  faceAway: "Your face is not in the picture. The game waits.",
  waits: (/** @type {string} */ check) => `${check}. The game waits.`,
  eyesUnclear: "Your eyes are hard to see here. Open them wide, or turn on a light.",
  slow: "The frame rate is low, so this dot takes longer. Close other programs, or turn on a light.",
  /** @param {string} press from KEYS or TAPS */
  startAnyway: (press) => `. ${press} to start anyway.`,
  skip: (/** @type {string} */ why, /** @type {string} */ press) => `${why} ${press} to skip this dot.`,
  paused: "Paused",
  pausedHint: "Rest your eyes. The current dot is shown again.",
  resume: "Continue",
  stop: "Stop",
  busy: "Calculating the result",
  failed: "The dots gave no result.",
  otherScreen: "The window moved to another screen, or the screen was turned. Start again there.",
};
export const KEYS = { press: "Press Space", waiting: "Esc stops", playing: "Space pauses · M switches the sound · Esc stops" };
export const TAPS = { press: "Tap", waiting: "A tap stops", playing: "A tap pauses" };

/** How good a calibration is. "blind": it is hardly better than the middle of the screen, or worse. */
export const GRADES = {
  good: { title: "Good for a webcam", advice: "Keep your head about where it is now." },
  fair: { title: "Medium accuracy", advice: "It is enough for larger targets. More light from the front and a still head improve it." },
  poor: { title: "Low accuracy", advice: "Put a light in front of you, sit a little closer, and calibrate again." },
  blind: {
    title: "It does not follow your gaze",
    advice: "A guess at the middle of the screen would be about as accurate, or more. Look at each dot until it moves on, and calibrate again.",
  },
};

export const RESULT = {
  title: "Your calibration",
  savedTitle: "Your saved calibration",
  accuracy: "Expected error",
  degrees: (/** @type {number} */ deg) => `(${deg.toFixed(1)} deg)`,
  /**
   * What kind of number the error is.
   * @param {number} px @param {number} percent @param {number | null} radiusPx two of three points are within it; null: it is not known
   */
  kind: (px, percent, radiusPx) =>
    radiusPx === null
      ? `${percent.toFixed(1)} % of the screen's diagonal, on average over the dots.`
      : `Expect half of the points within ${Math.round(px)} px of where you look (${percent.toFixed(1)} % of the screen's diagonal), and two of three within ${Math.round(radiusPx)} px.`,
  lag: (/** @type {number} */ ms) => `Your eyes were ${Math.round(ms)} ms behind the moving dot, camera included.`,
  noLag: "Your eyes did not follow the moving dot. It was not used.",
  dot: (/** @type {number} */ n, /** @type {string} */ error) => `Dot ${n}: ${error}`,
  /** @param {string} px @param {number} deg */
  error: (px, deg) => `${px} (${deg.toFixed(1)} deg)`,
  px: (/** @type {number} */ px) => `${Math.round(px)} px`,
  this: "This calibration",
  better: (/** @type {string} */ method, /** @type {number} */ px) =>
    `At these dots, a simpler method was more accurate: ${method}, ${Math.round(px)} px.`,
  more: "More dots or more light help.",
  /** By the report's name of the method. */
  baselines: /** @type {Record<string, string>} */ ({
    centre: "Screen centre",
    head_pose: "Head pose only",
    offset: "Offset only",
    affine: "Affine",
    ridge_iris: "Iris position only",
  }),
  again: "Calibrate again",
};

/** What a measured accuracy is enough for, by the width of the target that it needs, from small to large. */
export const USES = {
  small: "large buttons, lines of text and faces in a picture",
  medium: "tiles, paragraphs and pictures in a gallery",
  large: "parts of a page, such as a column, a banner or one picture among six",
  quarters: "coarse regions (left, middle or right; top or bottom)",
};
export const ADVICE = {
  dim: "Your face is dim: put a lamp in front of you.",
  bright: "Your face is overexposed: reduce direct light.",
  glare: "Glare lies on your glasses. Tilt the screen or move the lamp, then calibrate again.",
  near: "Sit a little farther away.",
  far: "Come closer: your eyes are small in the picture.",
  loss: "Many frames show no usable eyes. If you wear glasses, tilt the screen or the lamp until the reflections are gone.",
  lower: "The lower half is less accurate. Lower the camera or raise your chair: your eyelids then cover less of your eyes.",
  upper: "The upper half is less accurate. Place the camera at the screen's upper edge, at the height of your eyes.",
  slow: (/** @type {number} */ hz) =>
    `Only ${hz < 9.5 ? hz.toFixed(1) : Math.round(hz)} frames per second. Close other programs.`,
  drift: `Most of the error points in one direction. “Correct drift”${key("D")} removes it while you track.`,
};
export const ACCURACY = {
  title: "Accuracy",
  checkTitle: "Does the calibration still fit?",
  median: (/** @type {string} */ px) => `Measured error ${px} px`,
  before: (/** @type {string} */ px) => `Before the correction: ${px} px`,
  /**
   * What kind of number the error is.
   * @param {number} n dots @param {{low_px: number | null, high_px: number | null}} error @param {number | null} expectedPx
   * @param {boolean} [shifted] whether it is what remains after the correction of a shift
   */
  kind: (n, { low_px, high_px }, expectedPx, shifted = false) =>
    [
      shifted
        ? `After the correction, half of the measured points are closer to the dot than this (${n} new dots).`
        : `Half of the measured points were closer to the dot than this (${n} new dots).`,
      low_px === null || high_px === null ? "" : `Other dots would probably give ${Math.round(low_px)} to ${Math.round(high_px)} px.`,
      expectedPx === null ? "" : `The calibration expected ${Math.round(expectedPx)} px.`,
    ].join(" ").trim(),
  /** The verdict, one sentence. @param {string} grade the title of GRADES @param {string} [use] one of USES; none: too coarse */
  enough: (grade, use) => (use ? `${grade}: enough for ${use}.` : `${grade}, but too coarse to distinguish parts of the screen.`),
  enoughOnly: (/** @type {string} */ grade, /** @type {string | undefined} */ use) =>
    use ? `${grade}: enough only for ${use}.` : `${grade}: too coarse to distinguish parts of the screen.`,
  incomplete: "Not measured at every dot",
  incompleteUse: (/** @type {number} */ n, /** @type {number} */ all) =>
    `At ${n} of ${all} dots, too few frames showed your eyes. There is no average.`,
  incompleteSlow: (/** @type {number} */ n, /** @type {number} */ all) =>
    `At ${n} of ${all} dots, too few frames came: the frame rate is low. There is no average.`,
  cm: (/** @type {number} */ cm) => `${cm.toFixed(1)} cm`,
  deg: (/** @type {number} */ deg) => `${deg.toFixed(1)} deg`,
  target: (/** @type {number} */ px) => `The gaze nearly always stays within a target ${Math.round(px)} px wide.`,
  shift: (/** @type {number} */ px, /** @type {number} */ remainingPx) =>
    `The gaze was shifted by ${Math.round(px)} px. The shift is corrected. About ${Math.round(remainingPx)} px remain.`,
  figuresBefore: "The figures below and the table are from before the correction.",
  noScreenSize: "Enter the size of your screen in Set-up. The next measurement then has centimetres and degrees.",
  figuresSaved: "Figures saved",
  mapSaved: "Map saved",
  facts: {
    offset: "Accuracy (offset of the mean gaze)",
    spread: "Precision (standard deviation)",
    jitter: "Jitter between samples (RMS)",
    loss: "Frames lost",
    rate: "Frames per second",
    distance: "Distance to the camera",
  },
  mapSpread: (/** @type {number} */ px) => `spread ${Math.round(px)} px`,
  mapLoss: (/** @type {number} */ percent) => `${percent.toFixed(0)} % of frames lost`,
  legend: {
    dot: "dot",
    good: "mean gaze and its spread: small error",
    fair: "medium error",
    poor: "large error",
    missing: "too few frames",
  },
  mapBest: "0 px",
  mapWorst: (/** @type {number} */ px) => `error of ${Math.round(px)} px or more`,
  mapUnmeasured: "no colour: not measured",
  mapNote: (/** @type {string} */ when) => `Sightline, ${when}`,
  mapDots: "dots that the calibration did not use",
  frames: (/** @type {number} */ n, /** @type {number} */ all) => `${n} of ${all} frames`,
};
export const COUNT = (/** @type {number} */ n, /** @type {number} */ all) => `${n} of ${all}`;

export const SCREEN = {
  measure: "Measure the screen with a bank card",
  cardTitle: "Make the outline as large as a bank card",
  cardHint:
    "Hold a bank card flat against the screen, with its upper left corner on that of the outline. Drag the outline, or use the " +
    `${byInput("slider or the arrow keys", "slider")}, until it ends where the card ends. A driving licence has the same size.`,
  outline: "Size of the outline",
  smaller: "Smaller",
  larger: "Larger",
  wouldBe: (/** @type {string} */ size) => `Your screen would be ${size}.`,
  outlineValue: (/** @type {number} */ px, /** @type {string} */ size) => `${px} pixels: a screen of ${size}`,
  matches: "It matches",
  cancel: "Cancel",
  /** @param {{widthCm: string, heightCm: string, inches: string}} size */
  size: ({ widthCm, heightCm, inches }) => `${widthCm} × ${heightCm} cm, ${inches} inches`,
  known: (/** @type {string} */ size) => `Your screen: ${size}.`,
  measured: (/** @type {string} */ size) => `Your screen: ${size}, measured with a card.`,
};

/** The picture of a page under test. */
export const PAGE_PICTURE = {
  title: "Keep a picture of this page?",
  why: "It shows on the page itself where you looked. Without it, everything else works.",
  how: "The browser asks what to share: choose this tab. What you see of the page while you scroll becomes one picture.",
  share: "Share this tab",
  without: "Continue without",
  /** By the code of a ShareError. */
  problems: {
    unsupported: "This browser can't make a picture of the page. Everything else works.",
    framed: "A page inside another page can't be pictured. Everything else works.",
    refused: "The browser gave no picture of the page. Try again, or continue without it.",
    other: "That was another tab. Choose the tab with this page.",
    window: "In a picture of a window, the place of this page is not known. Choose this tab, or the whole screen.",
  },
};
