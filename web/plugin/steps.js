/**
 * What a person sees of the plugin, step by step: consent, the camera's problems, sitting down, the dots, the result.
 * Each step shows itself in the dialog and resolves with what the person chose.
 */
import { listCameras, rememberCamera } from "../core/camera.js";
import { assess } from "../ui/positioning.js";
import { calibrationGrade } from "../ui/grade.js";
import { h, icon, svg } from "../ui/dom.js";

/** @typedef {import("./dialog.js").Dialog} Dialog */

const CHECKS = ["found", "centred", "distance", "light"];
const VERDICTS = {
  good: "Good for a webcam. Keep your head about where it is now.",
  fair: "Good enough for larger things on the page. More light from the front and a still head make it better.",
  poor: "Rough. Put a light in front of you, sit a bit closer, and look at the dots once more.",
  blind: "Hardly better than always guessing the middle: where you look was not learned. Look at each dot until it has gone.",
};

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
      h("ol", {}, ...problem.steps.map((step) => h("li", {}, step))),
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
  #video = h("video", { muted: true, playsInline: true, autoplay: true, ariaLabel: "Your camera picture, mirrored" });
  #marker = svg("ellipse", { class: "face", "vector-effect": "non-scaling-stroke" });
  #checks = new Map(CHECKS.map((name) => [name, h("li", { "data-check": name })]));
  #start = primary("Start the dots", () => this.#resolve?.("start"), { disabled: true });
  #cameras = h("select", { ariaLabel: "Camera", hidden: true });
  #words = "";
  #size;
  /** @type {((choice: "start" | "cancel" | "camera") => void) | null} */
  #resolve = null;

  /** @param {Dialog} dialog @param {HTMLElement} size a note on the screen's size */
  constructor(dialog, size) {
    this.#dialog = dialog;
    this.#size = size;
    this.#cameras.onchange = () => {
      rememberCamera(this.#cameras.value);
      this.#resolve?.("camera");
    };
  }

  /**
   * @param {MediaStream} stream @param {string} deviceId
   * @returns {Promise<"start" | "cancel" | "camera">} camera: the person chose another one
   */
  async choose(stream, deviceId) {
    this.#video.srcObject = stream;
    const mirror = h("div", { className: "mirror" }, this.#video);
    this.#video.onresize = () => {
      const { videoWidth: width, videoHeight: height } = this.#video;
      if (width) mirror.style.setProperty("--frame", `${width} / ${height}`);
    };
    mirror.append(
      svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, this.#marker),
    );
    const guide = svg(
      "svg",
      { class: "guide", viewBox: "0 0 160 90", preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true" },
      svg("ellipse", { cx: "80", cy: "45", rx: "19", ry: "27" }),
    );
    const content = h(
      "div",
      { className: "step sitting" },
      h("h2", {}, "Sit comfortably"),
      h("p", { className: "hint" }, "Bring your face into the oval, an arm's length from the screen, and stay there."),
      h("div", { className: "preview" }, mirror, guide),
      h("ul", { className: "checks" }, ...this.#checks.values()),
      this.#cameras,
      h("div", { className: "actions" }, this.#start, quiet("Cancel", () => this.#resolve?.("cancel"))),
      h("p", { className: "fine" }, "You look at some dots for about half a minute. ", h("kbd", {}, "Esc"), " stops it."),
      this.#size,
    );
    this.update({ status: "no_face" });
    await this.#listCameras(deviceId);
    await this.#dialog.show(content, {
      label: "Sit comfortably",
      onKey: (key) => {
        if (key === "Escape") this.#resolve?.("cancel");
        else if (!this.#start.disabled) this.#resolve?.("start");
      },
    });
    this.#video.play().catch((error) => console.info("SittingDown: the picture did not play:", error.message));
    try {
      return await new Promise((resolve) => (this.#resolve = resolve));
    } finally {
      this.#resolve = null;
      this.#video.srcObject = null;
    }
  }

  /** @param {any} gaze a gaze message with `face` */
  update(gaze) {
    const checks = assess(gaze);
    for (const [name, { verdict, text }] of Object.entries(checks)) {
      const item = this.#checks.get(name);
      if (!item || (item.dataset.verdict === verdict && item.dataset.text === text)) continue;
      item.dataset.verdict = verdict;
      item.dataset.text = text;
      item.replaceChildren(icon(verdict), h("span", {}, text));
    }
    this.#start.disabled = checks.found.verdict !== "good";
    const advice = Object.values(checks).find(({ verdict }) => verdict !== "good");
    const words = advice?.text ?? "All good. Press space to start.";
    if (words !== this.#words) this.#dialog.announce(words);
    this.#words = words;
    this.#marker.classList.toggle("is-there", Boolean(gaze.face));
    if (!gaze.face) return;
    const [x, y, width, height] = gaze.face.box;
    const place = { cx: x + width / 2, cy: y + height / 2, rx: width / 2, ry: height / 2 };
    for (const [key, value] of Object.entries(place)) this.#marker.setAttribute(key, String(100 * value));
  }

  /** @param {string} deviceId */
  async #listCameras(deviceId) {
    const cameras = await listCameras();
    this.#cameras.hidden = cameras.length < 2 || !deviceId;
    this.#cameras.replaceChildren(
      ...cameras.map((camera, index) => new Option(camera.label || `Camera ${index + 1}`, camera.deviceId)),
    );
    this.#cameras.value = deviceId;
  }
}

/**
 * @param {Dialog} dialog
 * @param {any} report of the calibration
 * @param {{width: number, height: number, scale: number}} layout
 * @returns {Promise<"use" | "again">}
 */
export function showResult(dialog, report, layout) {
  return new Promise((resolve, reject) => {
    const px = report.median_error_px;
    const known = typeof px === "number";
    const grade = calibrationGrade(report, Math.hypot(layout.width, layout.height));
    const degrees = typeof report.median_error_deg === "number" ? ` (${report.median_error_deg.toFixed(1)}°)` : "";
    const content = h(
      "div",
      { className: `step result ${grade}` },
      h("p", { className: "fine" }, "You look, give or take,"),
      h("p", { className: "number" }, known ? String(Math.round(px / layout.scale)) : "?", h("small", {}, ` px${degrees}`)),
      h("p", { className: "fine" }, "from where the page thinks you do."),
      h("p", { className: "verdict" }, VERDICTS[grade]),
      h(
        "div",
        { className: "actions" },
        ...(grade === "blind"
          ? [primary("Once more", () => resolve("again"), { autofocus: true }), quiet("Use it", () => resolve("use"))]
          : [primary("Use it", () => resolve("use"), { autofocus: true }), quiet("Once more", () => resolve("again"))]),
      ),
    );
    const onKey = (/** @type {string} */ key) => key === "Escape" && resolve("use");
    dialog.show(content, { label: "How exact it is", onKey }).catch(reject);
  });
}
