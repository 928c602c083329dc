/**
 * The error on held-out dots: figures, a verdict, the accuracy map, and buttons that save figures and map.
 *
 * @typedef {import("./grading.js").ValidationResult} ValidationResult
 * @typedef {{dx: number, dy: number, remaining_px: number, grade: import("./grading.js").Grade}} Shift px; of all points, corrected
 */
import { drawAccuracyMap } from "./accuracy-map.js";
import { fill, h, recommend } from "./dom.js";
import { download, fileName } from "./download.js";
import { corrected, figures, usable, verdictOf } from "./grading.js";
import { ACCURACY, COUNT } from "./texts.js";

/** The font size of the page that the map is drawn for; a larger one enlarges the map's texts. */
const USUAL_REM_PX = 16;

export class ValidationCard {
  #root;
  #canvas;
  #abort = new AbortController();
  #resized;
  #drawnPx = 0;
  /** @type {{result: ValidationResult, screen: {width: number, height: number}, when: Date, shifted: boolean, shift: Shift | null} | null} */
  #shown = null;

  /** @param {{root: HTMLElement, announce: (text: string) => void}} options */
  constructor({ root, announce }) {
    this.#root = root;
    this.#canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("canvas"));
    const { signal } = this.#abort;
    const on = (/** @type {string} */ id, /** @type {() => void} */ action) =>
      root.querySelector(id)?.addEventListener("click", action, { signal });
    on("#save-validation-json", () => {
      this.#saveJson();
      announce(ACCURACY.figuresSaved);
    });
    on("#save-validation-png", () => {
      void this.#savePng();
      announce(ACCURACY.mapSaved);
    });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw(), { signal });
    // A hidden card has no width: the map is drawn when the card is shown, and again when its width changes.
    this.#resized = new ResizeObserver(() => this.#place() !== this.#drawnPx && this.#draw());
    this.#resized.observe(/** @type {HTMLElement} */ (this.#canvas.parentElement));
  }

  destroy() {
    this.#abort.abort();
    this.#resized.disconnect();
  }

  /**
   * @param {ValidationResult} result @param {{width: number, height: number}} screen CSS px
   * @param {{brightness: number | null, glare?: number, expectedPx?: number | null, shift?: Shift | null, check?: boolean}} more
   */
  show(result, screen, { brightness, glare = 0, expectedPx = null, shift = null, check = false }) {
    this.#shown = { result, screen, when: new Date(), shifted: shift !== null, shift };
    this.#drawnPx = 0;
    const shown = shift ? corrected(result, shift) : result;
    const verdict = verdictOf(shown, screen, brightness, glare, shift !== null);
    const { px, cm, deg } = figures(shown);
    this.#root.dataset.grade = verdict.grade;
    const [track, again] = ["#track-validated", "#recalibrate-validated"].map((id) => /** @type {HTMLElement} */ (this.#root.querySelector(id)));
    usable(verdict.grade) ? recommend(track, again) : recommend(again, track);
    this.#text("#validation-title", check ? ACCURACY.checkTitle : ACCURACY.title);
    this.#text("#validation-px", px);
    this.#text("#validation-units", [cm, deg].filter(Boolean).join(" · "));
    this.#text("#validation-kind", shown.error ? ACCURACY.kind(result.points.length, shown.error, expectedPx, shift !== null) : "");
    this.#text("#validation-verdict", verdict.words);
    const fits = verdict.targetPx !== null && verdict.targetPx < screen.width;
    this.#text("#validation-size", !fits ? "" : ACCURACY.target(verdict.targetPx ?? 0));
    const moved = shift && ACCURACY.shift(Math.hypot(shift.dx, shift.dy), shift.remaining_px);
    this.#text("#validation-shift", moved || "");
    this.#text("#validation-before", shift ? ACCURACY.figuresBefore : "");
    const missing = result.screen_mm ? "" : ACCURACY.noScreenSize;
    this.#text("#validation-missing", missing);
    this.#list("#validation-advice", verdict.advice);
    this.#facts(result);
    this.#rows(result);
    this.#draw();
  }

  #draw() {
    const place = this.#place();
    if (!this.#shown || place <= 0) return;
    this.#drawnPx = place;
    const theme = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const rem = Number.parseFloat(window.getComputedStyle(document.documentElement).fontSize) / USUAL_REM_PX;
    const [width, scale] = [place / rem, window.devicePixelRatio * rem];
    drawAccuracyMap(this.#canvas, this.#shown.result, { ...this.#shown, theme, when: this.#when(), width, scale });
    this.#canvas.style.width = `${this.#canvas.width / window.devicePixelRatio}px`;
  }

  /** The width for the map, px. */
  #place() {
    const card = /** @type {HTMLElement} */ (this.#canvas.parentElement);
    const { paddingLeft, paddingRight } = window.getComputedStyle(card);
    return card.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
  }

  #when() {
    return this.#shown?.when.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) ?? "";
  }

  #saveJson() {
    if (!this.#shown) return;
    const { result, screen, when, shift } = this.#shown;
    const about = { type: "sightline.validation", v: 1, when: when.toISOString(), screen_px: screen };
    const document = { ...about, ...result, corrected_shift: shift }; // the result is from before the correction
    const blob = new Blob([`${JSON.stringify(document, null, 1)}\n`], { type: "application/json" });
    download(blob, fileName("accuracy", when, "json"));
  }

  async #savePng() {
    if (!this.#shown) return;
    const { result, when } = this.#shown;
    const canvas = document.createElement("canvas");
    drawAccuracyMap(canvas, result, { ...this.#shown, theme: "light", when: this.#when() });
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    if (blob) download(/** @type {Blob} */ (blob), fileName("accuracy", when, "png"));
  }

  /** @param {ValidationResult} result */
  #facts(result) {
    const px = (/** @type {number | null} */ value) => (value === null ? "–" : `${Math.round(value)} px`);
    const { facts } = ACCURACY;
    const degrees = (/** @type {number | null | undefined} */ deg) => (typeof deg === "number" ? ` · ${deg.toFixed(2)} deg` : "");
    const rows = [
      [facts.offset, px(result.accuracy?.px ?? null) + degrees(result.accuracy?.deg)],
      [facts.spread, px(result.precision.sd_px) + degrees(result.precision.deg)],
      [facts.jitter, px(result.precision.rms_s2s_px)],
      [facts.loss, `${(100 * result.data_loss).toFixed(1)} %`],
      [facts.rate, result.sample_rate_hz === null ? "–" : result.sample_rate_hz.toFixed(0)],
      [facts.distance, result.distance_mm === null ? "–" : `${Math.round(result.distance_mm / 10)} cm`],
    ];
    const list = /** @type {HTMLElement} */ (this.#root.querySelector("#validation-facts"));
    list.replaceChildren(
      ...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
    );
  }

  /** @param {ValidationResult} result */
  #rows(result) {
    const rows = /** @type {HTMLElement} */ (this.#root.querySelector("#validation-rows"));
    const round = (/** @type {number | null | undefined} */ value) => (value === null || value === undefined ? "–" : String(Math.round(value)));
    rows.replaceChildren(
      ...result.points.map((point, index) => {
        const { target } = point;
        const cells = [
          `${Math.round(target.x * 100)} %, ${Math.round(target.y * 100)} %`,
          round(point.error_px),
          `${round(point.offset_px?.dx)}, ${round(point.offset_px?.dy)}`,
          round(point.sd_px),
          COUNT(point.n_valid, point.n_total),
        ];
        return h("tr", {}, h("th", { scope: "row" }, String(index + 1)), ...cells.map((text) => h("td", {}, text)));
      }),
    );
  }

  /** @param {string} selector @param {string[]} texts */
  #list(selector, texts) {
    fill(/** @type {HTMLElement} */ (this.#root.querySelector(selector)), ...texts.map((text) => h("li", {}, text)));
  }

  /** @param {string} selector @param {string} text */
  #text(selector, text) {
    fill(/** @type {HTMLElement} */ (this.#root.querySelector(selector)), text);
  }
}
