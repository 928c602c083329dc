/**
 * The state of the page: one at a time, in body[data-state]. In index.html, `data-view` names the states that a part of
 * the page belongs to. The table below is the only place that decides which state follows.
 *
 * @typedef {"welcome" | "camera-error" | "positioning" | "calibrating" | "fitting" | "result" | "validation" | "tracking"
 *   | "recordings"} State
 * @typedef {keyof typeof TABLE} PageEvent
 * @typedef {{readonly state: State, readonly from: Readonly<Partial<Record<State, State>>>}} Position
 *   from: where each state was opened from, and where its "back" leads
 */

const GAME = /** @type {State[]} */ (["calibrating", "fitting"]);
const NEEDS_CALIBRATION = /** @type {State[]} */ (["result", "validation", "tracking"]);
const WITHOUT_CAMERA = /** @type {State[]} */ (["welcome", "camera-error"]);

/**
 * For each event, `in` has the states in which it counts, and `show` the next state. In other states, it changes nothing.
 * After a step with `returns`, "back" leads to the state before the step.
 * @satisfies {Record<string, {in: State[], show: State | "back", returns?: boolean}>}
 */
export const TABLE = {
  "camera opened": { in: [...WITHOUT_CAMERA, "positioning", "recordings"], show: "positioning" },
  "camera failed": { in: [...WITHOUT_CAMERA, ...GAME, ...NEEDS_CALIBRATION, "positioning", "recordings"], show: "camera-error" },
  "game started": { in: ["positioning", "recordings", ...NEEDS_CALIBRATION], show: "calibrating", returns: true },
  "game waits for the fit": { in: ["calibrating"], show: "fitting" },
  "game shows dots": { in: ["fitting"], show: "calibrating" },
  "game stopped": { in: GAME, show: "back" },
  calibrated: { in: GAME, show: "result" },
  validated: { in: GAME, show: "validation" },
  "drift corrected": { in: GAME, show: "tracking" },
  "profile loaded": { in: ["positioning", "recordings", ...NEEDS_CALIBRATION], show: "result" },
  "calibration resumed": { in: ["positioning"], show: "tracking" },
  "calibration lost": { in: NEEDS_CALIBRATION, show: "positioning" },
  "camera stays off": { in: NEEDS_CALIBRATION, show: "welcome" },
  "track pressed": { in: ["result", "validation"], show: "tracking" },
  "set-up pressed": { in: NEEDS_CALIBRATION, show: "positioning", returns: true },
  "recordings pressed": { in: [...WITHOUT_CAMERA, "positioning", ...NEEDS_CALIBRATION], show: "recordings", returns: true },
  "back pressed": { in: ["positioning", "recordings"], show: "back" },
};

/** @type {Position} */
export const START = { state: "welcome", from: { positioning: "tracking", recordings: "welcome", calibrating: "positioning" } };

/** @param {Position} position @param {PageEvent} event @returns {Position} the same object when the event does not count there */
export function follow(position, event) {
  const step = /** @type {{in: State[], show: State | "back", returns?: boolean}} */ (TABLE[event]);
  const { state } = position;
  const from = event === "calibration lost" ? withoutCalibration(position.from) : position.from;
  if (!step.in.includes(state)) return from === position.from ? position : { state, from };
  const game = state === "fitting" ? "calibrating" : state;
  if (step.show === "back") return { state: from[game] ?? state, from };
  return { state: step.show, from: step.returns ? { ...from, [step.show]: state } : from };
}

/** A state that needs a calibration is no place to go back to. @param {Position["from"]} from */
function withoutCalibration({ positioning, ...from }) {
  const entries = /** @type {[State, State][]} */ (Object.entries(from));
  const places = entries.map(([state, before]) => [state, NEEDS_CALIBRATION.includes(before) ? "positioning" : before]);
  return { ...Object.fromEntries(places), positioning }; // in that state, the button back is hidden until there is a calibration
}

/** Emits `change` when another state is shown. */
export class PageState extends EventTarget {
  #position = START;
  #views;

  constructor() {
    super();
    this.#views = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-view]")]);
  }

  /** @returns {State} */
  get now() {
    return this.#position.state;
  }

  /** @param {PageEvent} event @returns {boolean} whether it counts in the present state */
  on(event) {
    const before = this.#position;
    this.#position = follow(before, event);
    if (this.now !== before.state) this.#show();
    return this.#position !== before;
  }

  /** The view's heading. It gets the focus with the view, and when the element that had it is gone. */
  get heading() {
    const headings = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("main [tabindex='-1']")]);
    return headings.find((heading) => !heading.closest("[hidden]")) ?? document.body;
  }

  #show() {
    document.body.dataset.state = this.now;
    for (const view of this.#views) view.hidden = !(view.dataset.view ?? "").split(" ").includes(this.now);
    // A dialog belongs to the earlier view, and must not cover the dots.
    for (const dialog of document.querySelectorAll("dialog")) dialog.close();
    for (const panel of document.querySelectorAll(":popover-open")) /** @type {HTMLElement} */ (panel).hidePopover();
    window.scrollTo(0, 0);
    this.heading.focus({ preventScroll: true });
    this.dispatchEvent(new Event("change"));
  }
}
