/**
 * The accuracy of the calibration: a figure with a verdict, which the plugin shows alone; each dot with the gaze estimated
 * without its own frames; and the error beside that of simpler methods on the same frames.
 *
 * @typedef {{target_id: number, x: number, y: number, predicted_x: number | null, predicted_y: number | null,
 *   error_px: number | null, error_deg?: number | null, n_used?: number, n_total?: number}} TargetResult
 */
import { h, svg } from "./dom.js";
import { calibrationGrade, glareAdvice, gradeOf } from "./grading.js";
import { COUNT, GRADES, RESULT } from "./texts.js";

/** The longer side of the drawn screen, in its own units. */
const PICTURE_SIDE = 320;

/** @param {unknown} value @returns {number | null} */
function numberOrNull(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export class ResultFigure {
  #px = h("span", { id: "result-median" });
  #degrees = h("span", { id: "result-degrees", className: "degrees" });
  #share = h("p", { id: "result-share", className: "fine" });
  #words = h("p", { id: "result-words", className: "verdict" });
  #glare = h("p", { id: "result-glare", className: "fine", hidden: true });
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
    this.#glare,
  );

  /**
   * @param {any} report @param {{width: number, height: number}} screen in the report's px
   * @param {{scale?: number, glare?: number}} [more] scale: of those px in a px that is shown; glare: share of the frames with it
   * @returns {import("./grading.js").Grade | "blind"}
   */
  show(report, screen, { scale = 1, glare = 0 } = {}) {
    const diagonal = Math.hypot(screen.width, screen.height);
    const median = numberOrNull(report.median_error_px);
    const degrees = numberOrNull(report.median_error_deg);
    const grade = calibrationGrade(report, diagonal);
    this.#px.textContent = median === null ? "?" : String(Math.round(median / scale));
    this.#degrees.textContent = degrees === null ? "" : RESULT.degrees(degrees);
    this.#share.textContent = median === null ? "" : RESULT.share((100 * median) / diagonal);
    this.#words.textContent = `${GRADES[grade].title}. ${GRADES[grade].advice}`;
    this.#glare.textContent = glareAdvice(glare);
    this.#glare.hidden = this.#glare.textContent === "";
    this.element.dataset.grade = grade;
    return grade;
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
   * @param {any} report @param {{width: number, height: number}} screen in its CSS px
   * @param {{lagMs?: number | null, glare?: number, loaded?: boolean}} [more] loaded: the calibration was saved earlier, so it
   *   may need a check
   */
  show(report, screen, { lagMs, glare, loaded = false } = {}) {
    const diagonal = Math.hypot(screen.width, screen.height);
    const grade = this.#figure.show(report, screen, { glare });
    this.#advise(grade === "blind" && !loaded ? "#again" : "#track");
    this.#text("#result-title", loaded ? RESULT.savedTitle : RESULT.title);
    const lag = /** @type {HTMLElement} */ (this.#root.querySelector("#result-lag"));
    lag.hidden = lagMs === undefined || loaded;
    lag.textContent = lagMs === undefined ? "" : lagMs === null ? RESULT.noLag : RESULT.lag(lagMs);
    const [check, measure] = ["#check-profile", "#validate"].map((id) => /** @type {HTMLElement} */ (this.#root.querySelector(id)));
    [check.hidden, measure.hidden] = [!loaded, loaded];
    this.#drawScreen(report.targets ?? [], screen, diagonal);
    this.#drawBars(numberOrNull(report.mean_error_px), report.baselines_px ?? {});
  }

  /** @param {string} selector of the button that is the best next step */
  #advise(selector) {
    for (const button of this.#root.querySelectorAll("#track, #again")) {
      button.classList.toggle("primary", button.matches(selector));
      button.classList.toggle("quiet", !button.matches(selector));
    }
  }

  /** @param {string} selector @param {string} text */
  #text(selector, text) {
    const element = this.#root.querySelector(selector);
    if (element) element.textContent = text;
  }

  /** @param {TargetResult[]} targets @param {{width: number, height: number}} screen @param {number} diagonal */
  #drawScreen(targets, screen, diagonal) {
    const scale = PICTURE_SIDE / Math.max(screen.width, screen.height);
    const [width, height] = [scale * screen.width, scale * screen.height];
    const picture = /** @type {SVGSVGElement} */ (this.#root.querySelector("#result-picture"));
    picture.setAttribute("viewBox", `-12 -12 ${width + 24} ${height + 24}`);
    picture.replaceChildren(svg("rect", { class: "screen", x: 0, y: 0, width, height, rx: 6 }));
    const rows = /** @type {HTMLElement} */ (this.#root.querySelector("#result-rows"));
    rows.replaceChildren();
    targets.forEach((target, index) => {
      const known = typeof target.error_px === "number" && typeof target.predicted_x === "number";
      const grade = known ? gradeOf(/** @type {number} */ (target.error_px), diagonal) : "poor";
      const px = known ? `${Math.round(/** @type {number} */ (target.error_px))} px` : RESULT.tooFewFrames;
      const group = svg("g", { class: `dot ${grade}` });
      const [x, y] = [target.x * width, target.y * height];
      const title = svg("title", {});
      title.textContent = RESULT.dot(index + 1, px);
      group.append(title, svg("circle", { class: "target", cx: x, cy: y, r: 7 }));
      if (known) {
        // An estimate far outside the screen is drawn at its edge.
        const guessX = Math.max(-10, Math.min(width + 10, /** @type {number} */ (target.predicted_x) * width));
        const guessY = Math.max(-10, Math.min(height + 10, /** @type {number} */ (target.predicted_y) * height));
        group.append(
          svg("line", { x1: x, y1: y, x2: guessX, y2: guessY }),
          svg("circle", { class: "predicted", cx: guessX, cy: guessY, r: 4 }),
        );
      }
      picture.append(group);
      const row = h("tr");
      row.append(
        h("th", {}, String(index + 1)),
        h("td", {}, `${Math.round(target.x * 100)} %, ${Math.round(target.y * 100)} %`),
        h("td", {}, typeof target.error_deg === "number" ? RESULT.error(px, target.error_deg) : px),
        h("td", {}, target.n_total ? COUNT(target.n_used ?? 0, target.n_total) : ""),
      );
      rows.append(row);
    });
  }

  /** @param {number | null} ownPx @param {Record<string, unknown>} baselinesPx mean left-out errors by method */
  #drawBars(ownPx, baselinesPx) {
    const list = /** @type {HTMLElement} */ (this.#root.querySelector("#result-bars"));
    const bars = [
      { words: RESULT.this, px: ownPx, own: true },
      ...Object.entries(RESULT.baselines).map(([name, words]) => ({ words, px: numberOrNull(baselinesPx[name]), own: false })),
    ];
    const shown = bars.filter((bar) => bar.px !== null);
    const longest = Math.max(1, ...shown.map((bar) => /** @type {number} */ (bar.px)));
    list.replaceChildren(
      ...shown.map((bar) => {
        const item = h("li", { className: bar.own ? "own" : "" });
        const track = h("span", { className: "track" });
        const fill = h("span", { className: "fill" });
        fill.style.width = `${Math.max(1.5, (100 * /** @type {number} */ (bar.px)) / longest)}%`;
        track.append(fill);
        const value = h("span", { className: "value" }, `${Math.round(/** @type {number} */ (bar.px))} px`);
        item.append(h("span", { className: "name" }, bar.words), track, value);
        return item;
      }),
    );
  }
}
