/**
 * How thorough the calibration shall be, with the time that it takes, and whether it makes sounds. Remembered here.
 *
 * @typedef {{pattern: string, pursuit: boolean, headRound: boolean, extraPoints: number}} GamePlanChoice
 */
import { expectedSeconds } from "./game-plan.js";

const REMEMBERED = "sightline.game";
export const CHOICES = /** @type {Record<string, GamePlanChoice>} */ ({
  quick: { pattern: "5", pursuit: false, headRound: false, extraPoints: 0 },
  standard: { pattern: "9", pursuit: false, headRound: false, extraPoints: 0 },
  dense: { pattern: "16", pursuit: false, headRound: false, extraPoints: 2 },
  thorough: { pattern: "13", pursuit: true, headRound: true, extraPoints: 0 },
});

export class GameOptions {
  #root;
  #sound;

  /** @param {{root: HTMLElement, sound: HTMLInputElement, hint: HTMLElement, signal: AbortSignal}} options */
  constructor({ root, sound, hint, signal }) {
    this.#root = root;
    this.#sound = sound;
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    for (const [name, choice] of Object.entries(CHOICES)) {
      const seconds = expectedSeconds({
        dots: Number(choice.pattern), pursuit: choice.pursuit && !calm, headRound: choice.headRound,
      });
      const time = root.querySelector(`[data-time="${name}"]`);
      if (time) time.textContent = `${seconds} s`;
    }
    this.#recall();
    const tell = () => {
      hint.textContent = `${this.#words()}, about ${this.#time()}, in full screen.`;
    };
    const change = () => {
      tell();
      try {
        localStorage.setItem(REMEMBERED, JSON.stringify({ plan: this.#plan, sound: this.#sound.checked }));
      } catch {
        // Storage is switched off: the standard plan comes back next time.
      }
    };
    root.addEventListener("change", change, { signal });
    sound.addEventListener("change", change, { signal });
    tell();
  }

  /** @returns {GamePlanChoice} */
  get choice() {
    return CHOICES[this.#plan] ?? CHOICES.standard;
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
    const number = { 5: "Five", 9: "Nine", 13: "Thirteen", 16: "Sixteen" }[Number(pattern)] ?? pattern;
    return pursuit ? `${number} dots, a moving one, and a turn of the head` : `${number} dots`;
  }

  #time() {
    return this.#root.querySelector(`[data-time="${this.#plan}"]`)?.textContent ?? "";
  }

  #recall() {
    try {
      const { plan, sound } = JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}");
      if (typeof plan === "string" && plan in CHOICES) {
        const input = /** @type {HTMLInputElement | null} */ (this.#root.querySelector(`input[value="${plan}"]`));
        if (input) input.checked = true;
      }
      this.#sound.checked = sound === true;
    } catch {
      // As above.
    }
  }
}
