/**
 * What a person sees of the plugin, step by step: consent, the camera's problems, sitting down, the dots, the result.
 * Each step shows itself in the dialog and resolves with what the person chose.
 */
import { CameraChoice } from "../ui/camera-choice.js";
import { problemSteps } from "../ui/camera-problem.js";
import { h, icon, svg } from "../ui/dom.js";
import { usable } from "../ui/grading.js";
import { hasKeys } from "../ui/keys.js";
import { PositioningView } from "../ui/positioning.js";
import { ResultFigure } from "../ui/result-card.js";
import { ScreenSize } from "../ui/screen-size.js";
import * as shared from "../ui/texts.js";
import { DESCRIPTION } from "./dialog.js";
import { CAMERA, CANCEL, CONSENT, RESULT, SIGHTLINE, SITTING } from "./texts.js";

/** @typedef {import("./dialog.js").Dialog} Dialog */

/** @param {string} label @param {() => void} onclick @param {Record<string, unknown>} [more] */
const primary = (label, onclick, more) => h("button", { className: "primary", type: "button", onclick, ...more }, label);
/** @param {string} label @param {() => void} onclick */
const quiet = (label, onclick) => h("button", { className: "quiet", type: "button", onclick }, label);
const logo = () =>
  svg(
    "svg",
    { class: "logo", viewBox: "0 0 32 32", "aria-hidden": "true" },
    svg("circle", { class: "logo-ring", cx: "16", cy: "16", r: "13" }),
    svg("circle", { class: "logo-iris", cx: "16", cy: "16", r: "6.5" }),
    svg("circle", { class: "logo-light", cx: "18.2", cy: "13.8", r: "1.9" }),
  );

/**
 * @param {Dialog} dialog
 * @param {{page: string, purpose: string, server: string}} words
 * @returns {Promise<boolean>} whether the person agrees
 */
export function askConsent(dialog, { page, purpose, server }) {
  const point = (/** @type {string} */ name, /** @type {(Node | string)[]} */ ...text) =>
    h("li", {}, icon(name), h("span", {}, ...text));
  return new Promise((resolve, reject) => {
    const content = h(
      "div",
      { className: "step consent" },
      h("div", { className: "head" }, logo(), h("span", {}, SIGHTLINE)),
      h("h2", {}, CONSENT.title),
      ...(purpose ? [h("p", { className: "purpose" }, purpose)] : []),
      h(
        "ul",
        { className: "points", id: DESCRIPTION },
        point("eye", h("b", {}, page), CONSENT.numbers),
        point("lock", CONSENT.pictures(server)),
        point("camera", CONSENT.camera),
      ),
      h(
        "div",
        { className: "actions" },
        primary(CONSENT.allow, () => resolve(true), { autofocus: true }),
        quiet(CONSENT.decline, () => resolve(false)),
      ),
    );
    const onKey = (/** @type {string} */ key) => key === "Escape" && resolve(false);
    dialog.show(content, { label: CONSENT.title, onKey }).catch(reject);
  });
}

/**
 * @param {Dialog} dialog
 * @param {Partial<import("../ui/camera-problem.js").CameraProblem> & {title: string, steps: string[]}} problem
 *   of the camera, or another one
 * @returns {Promise<"again" | "close">}
 */
export function showProblem(dialog, problem) {
  const closed = new AbortController();
  const asked = new Promise((resolve, reject) => {
    const cameras = h("select", { ariaLabel: shared.CAMERA.another });
    const again = () => resolve("again");
    if (problem.retry !== undefined) {
      const others = new CameraChoice({ select: cameras, failed: true, chosen: again, signal: closed.signal });
      void others.offer();
    } else cameras.hidden = true;
    const content = h(
      "div",
      { className: "step problem" },
      h("div", { className: "head warn" }, icon("adjust"), h("span", {}, SIGHTLINE)),
      h("h2", {}, problem.title),
      h("ol", { id: DESCRIPTION }, ...problemSteps(problem)),
      cameras,
      h(
        "div",
        { className: "actions" },
        ...(problem.link
          ? [h("a", { className: "primary", href: problem.link.href, target: "_blank", autofocus: true }, problem.link.words)]
          : []),
        ...(problem.retry === false ? [] : [primary(shared.CAMERA.retry, again, { autofocus: true })]),
        quiet(CAMERA.without, () => resolve("close")),
      ),
      ...(problem.name ? [h("p", { className: "fine" }, shared.CAMERA.browserSays, " ", h("code", {}, problem.name))] : []),
    );
    const onKey = (/** @type {string} */ key) => key === "Escape" && resolve("close");
    dialog.show(content, { label: problem.title, onKey }).catch(reject);
  });
  return asked.finally(() => closed.abort());
}

/** Shows a text and a button to cancel during a wait. @param {Dialog} dialog @param {string} words @param {() => void} cancel */
export async function showWaiting(dialog, words, cancel) {
  const text = h("p", {}, words);
  const content = h(
    "div",
    { className: "step waiting" },
    h("div", { className: "spinner" }),
    text,
    h("div", { className: "actions" }, quiet(CANCEL, cancel)),
  );
  await dialog.show(content, { label: words, onKey: (key) => key === "Escape" && cancel() });
  return (/** @type {string} */ more) => {
    text.textContent = more;
    dialog.announce(more);
  };
}

/** The positioning step: the person's own picture, mirrored, and what to change. */
export class SittingDown {
  #dialog;
  #start = primary(shared.POSITIONING.start, () => this.#resolve?.("start"), { disabled: true });
  #cameras = h("select", { ariaLabel: shared.CAMERA.label });
  #choice;
  #view;
  #size;
  /** @type {((choice: "start" | "cancel" | "camera") => void) | null} */
  #resolve = null;

  /**
   * @param {{dialog: Dialog, geometry: import("../core/geometry.js").ScreenGeometry, signal: AbortSignal}} options
   */
  constructor({ dialog, geometry, signal }) {
    const { announce } = dialog;
    this.#dialog = dialog;
    this.#view = new PositioningView({ start: this.#start, announce });
    this.#choice = new CameraChoice({ select: this.#cameras, chosen: () => this.#resolve?.("camera"), signal });
    this.#size = screenSizeNote({ geometry, announce, signal });
  }

  /**
   * @param {{stream: MediaStream | null, deviceId: string}} camera
   * @returns {Promise<"start" | "cancel" | "camera">} camera: the person chose another one
   */
  async choose({ stream, deviceId }) {
    const { video, preview, checks } = this.#view;
    video.srcObject = stream;
    this.#view.reset();
    await this.#choice.show(deviceId);
    const content = h(
      "div",
      { className: "step sitting" },
      h("h2", {}, shared.POSITIONING.title),
      h("p", { className: "hint", id: DESCRIPTION }, shared.POSITIONING.hint),
      preview,
      checks,
      this.#cameras,
      h("div", { className: "actions" }, this.#start, quiet(CANCEL, () => this.#resolve?.("cancel"))),
      h("p", { className: "fine" }, SITTING.duration, ...(hasKeys() ? [h("kbd", {}, SITTING.stopKey), SITTING.stops] : [SITTING.tapPauses])),
      this.#size,
    );
    await this.#dialog.show(content, {
      label: shared.POSITIONING.title,
      onKey: (key) => {
        if (key === "Escape") this.#resolve?.("cancel");
        else if (!this.#start.disabled) this.#resolve?.("start");
      },
    });
    video.play().catch((error) => console.info("SittingDown: the picture did not play:", error.message));
    try {
      return await new Promise((resolve) => (this.#resolve = resolve));
    } finally {
      this.#resolve = null;
      video.srcObject = null;
    }
  }

  /** @param {any} gaze a gaze message with `face` @param {import("../core/picture.js").Picture} picture of the camera */
  update(gaze, picture) {
    this.#view.update(gaze, picture);
  }
}

/**
 * The known size of the screen, and a button to measure it.
 * @param {{geometry: import("../core/geometry.js").ScreenGeometry, announce: (text: string) => void, signal: AbortSignal}} options
 */
function screenSizeNote({ geometry, announce, signal }) {
  const size = new ScreenSize({ geometry, signal });
  const [words, why] = [h("span"), h("span")];
  const show = () => {
    words.textContent = size.words;
    why.textContent = size.words ? "" : SITTING.forDegrees;
  };
  const measured = () => {
    show();
    announce(size.words);
  };
  const card = size.cardDialog({ measured, signal });
  const measure = h("button", { type: "button", className: "link", onclick: card.open }, shared.SCREEN.measure);
  show();
  return h("p", { className: "fine" }, words, " ", measure, why, card.element);
}

/**
 * @param {Dialog} dialog
 * @param {any} report of the calibration
 * @param {{width: number, height: number, scale: number}} layout
 * @param {number} [glare] share of the frames with glare
 * @returns {Promise<"use" | "again">}
 */
export function showResult(dialog, report, layout, glare) {
  return new Promise((resolve, reject) => {
    const figure = new ResultFigure();
    figure.show(report.summary, layout, { scale: layout.scale, glare });
    const [use, again] = [() => resolve("use"), () => resolve("again")];
    const first = { autofocus: true };
    const content = h(
      "div",
      { className: "step" },
      h("h2", {}, shared.RESULT.title),
      figure.element,
      h(
        "div",
        { className: "actions" },
        ...(usable(report.summary.grade)
          ? [primary(RESULT.use, use, first), quiet(shared.RESULT.again, again)]
          : [primary(shared.RESULT.again, again, first), quiet(RESULT.use, use)]),
      ),
    );
    dialog.show(content, { label: RESULT.label, onKey: (key) => key === "Escape" && use() }).catch(reject);
  });
}
