/**
 * The accuracy of the calibration, as its report's `summary` has it (calibration/quality/summary.py): a figure with a verdict,
 * which the plugin shows alone; each dot with the gaze expected for it; and the error beside that of simpler methods.
 *
 * @typedef {import("./grading.js").Grade | "blind"} Verdict
 * @typedef {{target_id: number, x: number, y: number, gaze_x: number, gaze_y: number, error_px: number,
 *   error_deg: number | null, grade: import("./grading.js").Grade}} TargetAccuracy
 * @typedef {{error_px: number, error_deg: number | null, radius_px: number, grade: Verdict, targets: TargetAccuracy[],
 *   methods_px: Record<string, number>, best: string}} Summary
 * @typedef {{summary: Summary, targets: {target_id: number, n_used: number, n_total: number}[]}} Report
 */
import { fill, h, recommend, svg } from "./dom.js";
import { glareAdvice, usable } from "./grading.js";
import { COUNT, GRADES, RESULT } from "./texts.js";

/** The longer side of the drawn screen, in its own units. */
const PICTURE_SIDE = 320;

export class ResultFigure {
  #px = h("span", { id: "result-median" });
  #degrees = h("span", { id: "result-degrees", className: "degrees" });
  #share = h("p", { id: "result-share", className: "fine" });
  #words = h("p", { id: "result-words", className: "verdict" });
  element = h(
    "div",
    { className: "figure" },
    h(
      "p",
      { className: "figure-number" },
      h("span", { className: "about" }, RESULT.accuracy),
      " ",
      h("strong", {}, this.#px, " px"),
      " ",
      this.#degrees,
    ),
    this.#share,
    this.#words,
  );

  /**
   * @param {Summary} summary @param {{width: number, height: number}} screen in the report's px
   * @param {{scale?: number, glare?: number}} [more] scale: of those px in a px that is shown; glare: share of the frames with it
   */
  show({ error_px, error_deg, radius_px, grade }, screen, { scale = 1, glare = 0 } = {}) {
    this.#px.textContent = String(Math.round(error_px / scale));
    this.#degrees.textContent = error_deg === null ? "" : RESULT.degrees(error_deg);
    const percent = (100 * error_px) / Math.hypot(screen.width, screen.height);
    this.#share.textContent = RESULT.kind(error_px / scale, percent, grade === "blind" ? null : radius_px / scale);
    this.#words.textContent = `${GRADES[grade].title}. ${glareAdvice(glare) || GRADES[grade].advice}`;
    this.element.dataset.grade = grade;
  }
}

export class ResultCard {
  #root;
  #figure = new ResultFigure();

  /** @param {{root: HTMLElement}} options */
  constructor({ root }) {
    this.#root = root;
    root.querySelector("#result-figure")?.replaceWith(this.#figure.element);
  }

  /**
   * @param {Report} report @param {{width: number, height: number}} screen in its CSS px
   * @param {{lagMs?: number | null, glare?: number, loaded?: boolean}} [more] loaded: the calibration was saved earlier, so it may need a check
   */
  show({ summary, targets }, screen, { lagMs, glare, loaded = false } = {}) {
    this.#figure.show(summary, screen, { glare });
    const [track, again] = ["#track", "#again"].map((id) => /** @type {HTMLElement} */ (this.#root.querySelector(id)));
    usable(summary.grade) ? recommend(track, again) : recommend(again, track);
    this.#text("#result-title", loaded ? RESULT.savedTitle : RESULT.title);
    const measured = lagMs !== undefined && !loaded;
    this.#text("#result-lag", !measured ? "" : lagMs === null ? RESULT.noLag : RESULT.lag(lagMs));
    const [check, measure] = ["#check-profile", "#validate"].map((id) => /** @type {HTMLElement} */ (this.#root.querySelector(id)));
    [check.hidden, measure.hidden] = [!loaded, loaded];
    this.#drawScreen(summary.targets, screen);
    this.#fillRows(summary.targets, targets);
    this.#drawBars(summary);
  }

  /** @param {string} selector @param {string} text */
  #text(selector, text) {
    const element = this.#root.querySelector(selector);
    if (element instanceof HTMLElement) fill(element, text);
  }

  /** @param {TargetAccuracy[]} targets @param {{width: number, height: number}} screen */
  #drawScreen(targets, screen) {
    const scale = PICTURE_SIDE / Math.max(screen.width, screen.height);
    const [width, height] = [scale * screen.width, scale * screen.height];
    const picture = /** @type {SVGSVGElement} */ (this.#root.querySelector("#result-picture"));
    picture.setAttribute("viewBox", `-12 -12 ${width + 24} ${height + 24}`);
    // A gaze far outside the screen is drawn at its edge.
    const inside = (/** @type {number} */ at, /** @type {number} */ size) => Math.max(-10, Math.min(size + 10, at * size));
    picture.replaceChildren(
      svg("rect", { class: "screen", x: 0, y: 0, width, height, rx: 6 }),
      ...targets.map((target, index) => {
        const [x, y] = [target.x * width, target.y * height];
        const [gazeX, gazeY] = [inside(target.gaze_x, width), inside(target.gaze_y, height)];
        const title = svg("title", {});
        title.textContent = RESULT.dot(index + 1, RESULT.px(target.error_px));
        return svg(
          "g",
          { class: `dot ${target.grade}` },
          title,
          svg("circle", { class: "target", cx: x, cy: y, r: 7 }),
          svg("line", { x1: x, y1: y, x2: gazeX, y2: gazeY }),
          svg("circle", { class: "predicted", cx: gazeX, cy: gazeY, r: 4 }),
        );
      }),
    );
  }

  /** @param {TargetAccuracy[]} targets @param {Report["targets"]} counts */
  #fillRows(targets, counts) {
    const rows = /** @type {HTMLElement} */ (this.#root.querySelector("#result-rows"));
    rows.replaceChildren(
      ...targets.map(({ x, y, error_px, error_deg }, index) => {
        const px = RESULT.px(error_px);
        const { n_used, n_total } = counts[index];
        return h(
          "tr",
          {},
          h("th", { scope: "row" }, String(index + 1)),
          h("td", {}, `${Math.round(x * 100)} %, ${Math.round(y * 100)} %`),
          h("td", {}, error_deg === null ? px : RESULT.error(px, error_deg)),
          h("td", {}, n_total ? COUNT(n_used, n_total) : ""),
        );
      }),
    );
  }

  /** @param {Summary} summary */
  #drawBars({ error_px, grade, methods_px, best }) {
    const list = /** @type {HTMLElement} */ (this.#root.querySelector("#result-bars"));
    const bars = [
      { words: RESULT.this, px: error_px, own: true },
      ...Object.entries(RESULT.baselines)
        .filter(([name]) => name in methods_px)
        .map(([name, words]) => ({ words, px: methods_px[name], own: false })),
    ];
    const longest = Math.max(1, ...bars.map(({ px }) => px));
    list.replaceChildren(
      ...bars.map(({ words, px, own }) => {
        const fill = h("span", { className: "fill" });
        fill.style.width = `${Math.max(1.5, (100 * px) / longest)}%`;
        return h(
          "li",
          { className: own ? "own" : "" },
          h("span", { className: "name" }, words),
          h("span", { className: "track" }, fill),
          h("span", { className: "value" }, RESULT.px(px)),
        );
      }),
    );
    const better = best in methods_px ? RESULT.baselines[best] : undefined;
    const words = better ? [RESULT.better(better, methods_px[best])] : [];
    if (better && grade !== "blind") words.push(RESULT.more); // a blind calibration has other advice
    this.#text("#result-better", words.join(" "));
  }
}
