/**
 * What the dot game shows: a dot, a short text, the time left, a pause. It has none of the rules.
 *
 * It builds its elements inside a given element, so it works as an overlay in any page. Tests and other drivers use the
 * ids, which are unique because only one game runs at a time.
 *
 * @typedef {import("../core/geometry.js").Point} Point
 * @typedef {"moving" | "settling" | "collecting" | "following"} Phase
 * @typedef {"left" | "right" | "up" | "down" | ""} Arrow
 */
import { h } from "../ui/dom.js";
import { GAME } from "../ui/texts.js";

export class GameStage extends EventTarget {
  #root;
  #dot;
  #words;
  #budget;
  #pause;
  #keys;
  #announce;

  /**
   * @param {{mount: HTMLElement, announce: (text: string) => void}} options
   * Emits `resume`, `stop`, `tap`: the actions of a person without a keyboard.
   */
  constructor({ mount, announce }) {
    super();
    this.#announce = announce;
    this.#words = h("p", { id: "game-words", className: "sl-words" });
    this.#budget = h("p", { id: "game-progress", className: "sl-budget" });
    this.#keys = h("p", { className: "sl-keys" });
    this.#dot = h(
      "div",
      { id: "target", className: "sl-dot", hidden: true },
      h("span", { className: "halo" }),
      h("span", { className: "disc" }),
      h("span", { className: "core" }),
      h("span", { className: "arrow" }),
    );
    const resume = h("button", { type: "button", className: "sl-resume" }, GAME.resume);
    const stop = h("button", { type: "button", className: "sl-stop" }, GAME.stop);
    this.#pause = h(
      "div",
      { className: "sl-pause", hidden: true, role: "group", ariaLabel: GAME.paused },
      h("p", { className: "sl-pause-title" }, GAME.paused),
      h("p", {}, GAME.pausedHint),
      h("div", { className: "sl-pause-actions" }, resume, stop),
    );
    const busy = h("div", { className: "sl-busy" }, h("span"), GAME.busy);
    const root = h("div", { className: "sl-game" }, this.#words, this.#budget, this.#dot, this.#keys, busy, this.#pause);
    resume.addEventListener("click", () => this.dispatchEvent(new Event("resume")));
    stop.addEventListener("click", () => this.dispatchEvent(new Event("stop")));
    // A tap on the background pauses: a tablet has no other way.
    root.addEventListener("pointerdown", (event) => {
      if (!(/** @type {Element} */ (event.target)).closest("button")) this.dispatchEvent(new Event("tap"));
    });
    this.#root = root;
    mount.append(root);
  }

  destroy() {
    this.#root.remove();
  }

  get dot() {
    return this.#dot;
  }

  /** @param {"dots" | "waiting" | "paused" | "busy" | "idle"} state */
  set state(state) {
    this.#root.dataset.state = state;
    const paused = state === "paused";
    if (state === "busy") this.#announce(GAME.busy);
    else if (paused) this.#announce(GAME.paused);
    if (this.#pause.hidden !== !paused) {
      this.#pause.hidden = !paused;
      if (paused) /** @type {HTMLElement} */ (this.#pause.querySelector("button")).focus();
    }
  }

  /**
   * @param {Point} place 0..1 of the screen @param {Point} viewport the same in CSS px @param {number | null} id
   * @returns {boolean} whether the dot has to move to get there
   */
  put(place, viewport, id) {
    const dot = this.#dot;
    const [x, y] = ["--x", "--y"].map((name) => Number.parseFloat(dot.style.getPropertyValue(name)));
    const travels = Boolean(dot.hidden) || !(Math.hypot(viewport.x - x, viewport.y - y) < 1);
    dot.hidden = false;
    if (id === null) delete dot.dataset.targetId;
    else dot.dataset.targetId = String(id);
    delete dot.dataset.stuck;
    this.fill(0);
    this.arrow("");
    this.phase("moving");
    this.moveTo(place, viewport);
    return travels;
  }

  /** @param {Point} place 0..1 of the screen; the demo's person looks there @param {Point} viewport the same in CSS px */
  moveTo(place, viewport) {
    this.#dot.dataset.x = String(place.x);
    this.#dot.dataset.y = String(place.y);
    this.#dot.style.setProperty("--x", `${viewport.x}px`);
    this.#dot.style.setProperty("--y", `${viewport.y}px`);
  }

  /** @param {Phase} phase */
  phase(phase) {
    if (this.#dot.dataset.phase !== phase) this.#dot.dataset.phase = phase;
  }

  /** @param {number} share of the pictures that are needed */
  fill(share) {
    this.#dot.style.setProperty("--filled", String(Math.min(1, share)));
  }

  /** @param {boolean} stuck it does not work, and may be passed over */
  stuck(stuck) {
    if (stuck) this.#dot.dataset.stuck = "yes";
    else delete this.#dot.dataset.stuck;
  }

  /** @param {Arrow} direction where to turn the head, drawn beside the dot so that the eyes can stay on it */
  arrow(direction) {
    this.#dot.dataset.arrow = direction;
  }

  hideDot() {
    this.#dot.hidden = true;
  }

  /** @param {string} text @returns {boolean} whether it is another one than before */
  say(text) {
    if (this.#words.textContent === text) return false;
    this.#words.textContent = text;
    if (text) this.#announce(text);
    return true;
  }

  /** Changes only while the dot moves, so that nothing else moves during a fixation. @param {string} text */
  budget(text) {
    this.#budget.textContent = text;
  }

  /** @param {string} text which keys do what just now */
  keys(text) {
    if (this.#keys.textContent !== text) this.#keys.textContent = text;
  }
}
