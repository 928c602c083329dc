/**
 * Before the game: is the face there, in the middle, at a good distance, in good light? In words, colour and symbol.
 *
 * @typedef {"good" | "adjust" | "unknown"} Verdict
 * @typedef {{verdict: Verdict, text: string}} Check
 * @typedef {{found: Check, centred: Check, distance: Check, light: Check}} Checks
 * @typedef {{box: [number, number, number, number], eyes: [number, number][], brightness: number}} Face
 */

/** The face centre may be this far from the middle of the picture (share of the picture). */
const CENTRE_TOLERANCE_X = 0.17;
const CENTRE_TOLERANCE_Y = 0.2;
/** Nearer, the eyes leave the picture with small moves; farther, the iris has too few pixels. */
const NEAREST_MM = 380;
const FARTHEST_MM = 850;
/** Used while the server tells no distance: width of the face as a share of the picture. */
const WIDEST_FACE = 0.5;
const NARROWEST_FACE = 0.13;
const DARK = 55;
const BRIGHT = 225;

const ONLY_YOU = "More than one face: only you, please";

/** @param {boolean} good @param {string} goodText @param {string} adjustText @returns {Check} */
function check(good, goodText, adjustText) {
  return { verdict: good ? "good" : "adjust", text: good ? goodText : adjustText };
}

/** What each check is about, said while there is no face to judge. */
const UNKNOWN = /** @type {Checks} */ ({
  found: { verdict: "unknown", text: "Looking for your face" },
  centred: { verdict: "unknown", text: "Position" },
  distance: { verdict: "unknown", text: "Distance" },
  light: { verdict: "unknown", text: "Light" },
});

/**
 * @param {{status: string, face?: Face | null, head?: {z: number} | null}} gaze the newest answer of the server
 * @returns {Checks}
 */
export function assess(gaze) {
  const face = gaze.face ?? null;
  const alone = gaze.status !== "multiple_faces";
  if (!face) {
    const text = alone ? "No face yet: look at the camera" : ONLY_YOU;
    return { ...UNKNOWN, found: { verdict: "adjust", text } };
  }
  const [x, y, width, height] = face.box;
  const dx = x + width / 2 - 0.5;
  const dy = y + height / 2 - 0.5;
  // The picture is not mirrored on the wire: its right side is the person's left.
  const side = dx > CENTRE_TOLERANCE_X ? "right" : dx < -CENTRE_TOLERANCE_X ? "left" : "";
  const lift = dy > CENTRE_TOLERANCE_Y ? "up" : dy < -CENTRE_TOLERANCE_Y ? "down" : "";
  const move = [side && `to your ${side}`, lift].filter(Boolean).join(" and ");
  const mm = gaze.head?.z;
  const near = mm ? mm < NEAREST_MM : width > WIDEST_FACE;
  const far = mm ? mm > FARTHEST_MM : width < NARROWEST_FACE;
  const about = mm ? `, about ${Math.round(mm / 10)} cm` : "";
  return {
    found: check(alone, gaze.status === "eyes_closed" ? "Face found, eyes closed" : "Face found", ONLY_YOU),
    centred: check(!move, "In the middle", `Move a little ${move}`),
    distance: check(!near && !far, `Good distance${about}`, (near ? "Move back a little" : "Come closer") + about),
    light: check(
      face.brightness >= DARK && face.brightness <= BRIGHT,
      "Good light",
      face.brightness < DARK ? "Too dark: turn a light on in front of you" : "Too bright: avoid direct light",
    ),
  };
}

/** The preview with its guide, and the list of checks. */
export class PositioningView {
  #root;
  #marker;
  #eyes;
  #start;
  #lastWords = "";
  #announce;

  /** @param {{root: HTMLElement, start: HTMLButtonElement, announce: (text: string) => void}} options */
  constructor({ root, start, announce }) {
    this.#root = root;
    this.#start = start;
    this.#announce = announce;
    this.#marker = /** @type {SVGElement} */ (root.querySelector("#face-marker"));
    this.#eyes = [...root.querySelectorAll(".eye-marker")];
    this.reset();
  }

  reset() {
    this.#start.disabled = true;
    this.#root.dataset.ready = "no";
    this.#lastWords = "";
    for (const [name, value] of Object.entries(UNKNOWN)) this.#show(name, value);
    this.#place(null);
  }

  /** @param {any} gaze a gaze message */
  update(gaze) {
    const checks = assess(gaze);
    for (const [name, value] of Object.entries(checks)) this.#show(name, value);
    const found = checks.found.verdict === "good";
    const all = Object.values(checks).every((value) => value.verdict === "good");
    this.#start.disabled = !found;
    this.#root.dataset.ready = all ? "yes" : found ? "almost" : "no";
    this.#place(gaze.face ?? null);
    const advice = Object.values(checks).find((value) => value.verdict === "adjust");
    const words = all ? "All good. Press space to start." : (advice?.text ?? "");
    if (words && words !== this.#lastWords) this.#announce(words);
    this.#lastWords = words;
  }

  /** @param {string} name @param {Check} value */
  #show(name, value) {
    const item = /** @type {HTMLElement} */ (this.#root.querySelector(`[data-check="${name}"]`));
    if (item.dataset.verdict === value.verdict && item.dataset.text === value.text) return;
    item.dataset.verdict = value.verdict;
    item.dataset.text = value.text;
    const symbol = { good: "#i-check", adjust: "#i-move", unknown: "#i-dots" }[value.verdict];
    /** @type {SVGUseElement} */ (item.querySelector("use")).setAttribute("href", symbol);
    /** @type {HTMLElement} */ (item.querySelector(".check-text")).textContent = value.text;
  }

  /** @param {Face | null} face */
  #place(face) {
    this.#marker.classList.toggle("is-there", face !== null);
    if (!face) return;
    const [x, y, width, height] = face.box;
    // The overlay is mirrored together with the video, so camera coordinates are right as they are.
    const ellipse = { cx: (x + width / 2) * 100, cy: (y + height / 2) * 100, rx: width * 51, ry: height * 51 };
    const shape = /** @type {SVGElement} */ (this.#marker.querySelector("ellipse"));
    for (const [name, value] of Object.entries(ellipse)) shape.setAttribute(name, value.toFixed(2));
    this.#eyes.forEach((eye, i) => {
      const point = face.eyes?.[i];
      eye.setAttribute("visibility", point ? "visible" : "hidden");
      if (!point) return;
      eye.setAttribute("d", `M${(point[0] * 100).toFixed(2)} ${(point[1] * 100).toFixed(2)}h0`);
    });
  }
}
