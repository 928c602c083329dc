/**
 * The options of the calibration: the number of dots, with the time that they take, and the sound. The browser remembers them.
 * An address with `?points=0.1,0.1;0.9,0.1;0.5,0.9` (0..1 of the screen) offers its own dots as well.
 *
 * @typedef {{pattern: string, points?: [number, number][], pursuit: boolean, headRound: boolean, extraPoints: number}} GamePlanChoice
 */
import { expectedSeconds } from "../calibration/plan.js";
import { recall, remember } from "../core/memory.js";
import { PLAN } from "./texts.js";

const REMEMBERED = "sightline.game";
export const CHOICES = /** @type {Record<string, GamePlanChoice>} */ ({
  quick: { pattern: "5", pursuit: false, headRound: false, extraPoints: 0 },
  standard: { pattern: "9", pursuit: false, headRound: false, extraPoints: 0 },
  dense: { pattern: "16", pursuit: false, headRound: false, extraPoints: 2 },
  thorough: { pattern: "13", pursuit: true, headRound: true, extraPoints: 0 },
});

/** The server's limits (PROTOCOL.md). */
const FEWEST_POINTS = 3;
const MOST_POINTS = 49;

/** @param {string} search of the address @returns {[number, number][] | null} null without, or with any that can't be shown */
export function ownPoints(search) {
  const given = new URLSearchParams(search).get("points");
  if (!given) return null;
  const points = given.split(";").map((place) => place.split(",").map((text) => (text.trim() ? Number(text) : NaN)));
  const shown = points.every((place) => place.length === 2 && place.every((value) => value >= 0 && value <= 1));
  const different = new Set(points.map(String)).size === points.length;
  const fine = shown && different && points.length >= FEWEST_POINTS && points.length <= MOST_POINTS;
  return fine ? /** @type {[number, number][]} */ (points) : null;
}

export class GameOptions {
  #choices;
  #root;
  #sound;

  /**
   * @param {{root: HTMLElement, sound: HTMLInputElement, hint: HTMLElement, search: string, signal: AbortSignal}} options
   *   search: the query of the page's address
   */
  constructor({ root, sound, hint, search, signal }) {
    const points = ownPoints(search);
    this.#choices = CHOICES;
    if (points) {
      const own = { pattern: String(points.length), points, pursuit: false, headRound: false, extraPoints: 0 };
      this.#choices = { ...CHOICES, own };
      /** @type {HTMLElement} */ (root.querySelector("#plan-own")).hidden = false;
      /** @type {HTMLElement} */ (root.querySelector("#plan-own-count")).textContent = PLAN.dots(points.length);
    }
    this.#root = root;
    this.#sound = sound;
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    for (const [name, choice] of Object.entries(this.#choices)) {
      const seconds = expectedSeconds({
        dots: Number(choice.pattern), pursuit: choice.pursuit && !calm, headRound: choice.headRound,
      });
      const time = root.querySelector(`[data-time="${name}"]`);
      if (time) time.textContent = PLAN.seconds(seconds);
    }
    this.#recall();
    if (points) /** @type {HTMLInputElement} */ (root.querySelector("#plan-own input")).checked = true;
    const describe = () => {
      hint.textContent = PLAN.hint(this.#words(), this.#time());
    };
    const change = () => {
      describe();
      remember(REMEMBERED, JSON.stringify({ plan: this.#plan, sound: this.#sound.checked }));
    };
    root.addEventListener("change", change, { signal });
    sound.addEventListener("change", change, { signal });
    describe();
  }

  /** @returns {GamePlanChoice} */
  get choice() {
    return this.#choices[this.#plan] ?? CHOICES.standard;
  }

  get sound() {
    return this.#sound.checked;
  }

  get #plan() {
    const checked = /** @type {HTMLInputElement | null} */ (this.#root.querySelector("input[name=plan]:checked"));
    return checked?.value ?? "standard";
  }

  #words() {
    const { pattern, pursuit } = this.choice;
    if (this.#plan === "own") return PLAN.ownDots(pattern);
    const number = PLAN.names[Number(pattern)] ?? pattern;
    return pursuit ? PLAN.moving(number) : PLAN.dots(number);
  }

  #time() {
    return this.#root.querySelector(`[data-time="${this.#plan}"]`)?.textContent ?? "";
  }

  #recall() {
    let kept;
    try {
      kept = JSON.parse(recall(REMEMBERED) || "{}");
    } catch {
      return; // not written by this page
    }
    const { plan, sound } = kept ?? {};
    if (typeof plan === "string" && plan in CHOICES) {
      const input = /** @type {HTMLInputElement | null} */ (this.#root.querySelector(`input[value="${plan}"]`));
      if (input) input.checked = true;
    }
    this.#sound.checked = sound === true;
  }
}
