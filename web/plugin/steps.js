/**
 * What a person sees of the plugin, step by step: consent, the camera's problems, sitting down, the dots, the result.
 * Each step shows itself in the dialog and resolves with what the person chose.
 */
import { CameraChoice } from "../ui/camera-choice.js";
import { problemSteps } from "../ui/camera-problem.js";
import { h, icon, svg } from "../ui/dom.js";
import { PositioningView } from "../ui/positioning.js";
import { ResultFigure } from "../ui/result-card.js";
import { ScreenSize } from "../ui/screen-size.js";

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
      h("div", { className: "head" }, logo(), h("span", {}, "Sightline")),
      h("h2", {}, "May this page see where you look?"),
      ...(purpose ? [h("p", { className: "purpose" }, purpose)] : []),
      h(
        "ul",
        { className: "points" },
        point("eye", h("b", {}, page), " gets numbers: where you look, when you blink, how you hold your head."),
        point("lock", `The pictures go to ${server}, are looked at once and forgotten.`),
        point("camera", "The camera stays on until you stop it or leave the page."),
      ),
      h(
        "div",
        { className: "actions" },
        primary("Allow", () => resolve(true), { autofocus: true }),
        quiet("Not now", () => resolve(false)),
      ),
    );
    const onKey = (/** @type {string} */ key) => key === "Escape" && resolve(false);
    dialog.show(content, { label: "May this page see where you look?", onKey }).catch(reject);
  });
}

/**
 * @param {Dialog} dialog
 * @param {{title: string, steps: string[], name?: string}} problem
 * @returns {Promise<"again" | "close">}
 */
export function showProblem(dialog, problem) {
  return new Promise((resolve, reject) => {
    const content = h(
      "div",
      { className: "step problem", role: "alert" },
      h("div", { className: "head warn" }, icon("adjust"), h("span", {}, "Sightline")),
      h("h2", {}, problem.title),
      h("ol", {}, ...problemSteps(problem)),
      h(
        "div",
        { className: "actions" },
        primary("Try again", () => resolve("again"), { autofocus: true }),
        quiet("Go on without", () => resolve("close")),
      ),
      ...(problem.name ? [h("p", { className: "fine" }, "The browser says: ", h("code", {}, problem.name))] : []),
    );
    const onKey = (/** @type {string} */ key) => key === "Escape" && resolve("close");
    dialog.show(content, { label: problem.title, onKey }).catch(reject);
  });
}

/** A wait that may take a while. @param {Dialog} dialog @param {string} words @param {() => void} cancel */
export async function showWaiting(dialog, words, cancel) {
  const text = h("p", { role: "status" }, words);
  const content = h(
    "div",
    { className: "step waiting" },
    h("div", { className: "spinner" }),
    text,
    h("div", { className: "actions" }, quiet("Cancel", cancel)),
  );
  await dialog.show(content, { label: words, onKey: (key) => key === "Escape" && cancel() });
  return (/** @type {string} */ more) => (text.textContent = more);
}

/** Sitting down: the person's own picture, mirrored, and what to change. */
export class SittingDown {
  #dialog;
  #start = primary("Start the dots", () => this.#resolve?.("start"), { disabled: true });
  #cameras = h("select", { ariaLabel: "Camera" });
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
      h("h2", {}, "Sit comfortably"),
      h("p", { className: "hint" }, "Bring your face into the oval, an arm's length from the screen, and stay there."),
      preview,
      checks,
      this.#cameras,
      h("div", { className: "actions" }, this.#start, quiet("Cancel", () => this.#resolve?.("cancel"))),
      h("p", { className: "fine" }, "You look at some dots for about half a minute. ", h("kbd", {}, "Esc"), " stops it."),
      this.#size,
    );
    await this.#dialog.show(content, {
      label: "Sit comfortably",
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

  /** @param {any} gaze a gaze message with `face` */
  update(gaze) {
    this.#view.update(gaze);
  }
}

/**
 * What is known of the screen's size, and a way to measure it.
 * @param {{geometry: import("../core/geometry.js").ScreenGeometry, announce: (text: string) => void, signal: AbortSignal}} options
 */
function screenSizeNote({ geometry, announce, signal }) {
  const size = new ScreenSize({ geometry, signal });
  const [words, why] = [h("span"), h("span")];
  const show = () => {
    words.textContent = size.words;
    why.textContent = size.words ? "" : " to get degrees, too.";
  };
  const measured = () => {
    show();
    announce(size.words);
  };
  const card = size.cardDialog({ measured, signal });
  const measure = h("button", { type: "button", className: "link", onclick: card.open }, "Measure the screen with a bank card");
  show();
  return h("p", { className: "fine" }, words, " ", measure, why, card.element);
}

/**
 * @param {Dialog} dialog
 * @param {any} report of the calibration
 * @param {{width: number, height: number, scale: number}} layout
 * @returns {Promise<"use" | "again">}
 */
export function showResult(dialog, report, layout) {
  return new Promise((resolve, reject) => {
    const figure = new ResultFigure();
    const grade = figure.show(report, layout, layout.scale);
    const [use, again] = [() => resolve("use"), () => resolve("again")];
    const first = { autofocus: true };
    const content = h(
      "div",
      { className: "step" },
      h("h2", {}, "Your calibration"),
      figure.element,
      h(
        "div",
        { className: "actions" },
        ...(grade === "blind"
          ? [primary("Once more", again, first), quiet("Use it", use)]
          : [primary("Use it", use, first), quiet("Once more", again)]),
      ),
    );
    dialog.show(content, { label: "How exact it is", onKey: (key) => key === "Escape" && use() }).catch(reject);
  });
}
