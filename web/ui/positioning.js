/**
 * The view before the dots: the person's own picture, mirrored, with an oval for the face, and what to change, as text, colour
 * and symbol. It builds its elements; the caller places them (css/positioning.css).
 */
import { h, icon, svg } from "./dom.js";
import { USUAL } from "../core/picture.js";
import { assess, ovalIn, UNKNOWN } from "./grading.js";
import { POSITIONING } from "./texts.js";

/** @typedef {import("./grading.js").Check} Check */
/** @typedef {import("./grading.js").Face} Face */

const fixedWidth = { "vector-effect": "non-scaling-stroke" };

export class PositioningView {
  /** Shows the camera's stream. */
  video = h("video", { muted: true, playsInline: true, autoplay: true, ariaLabel: POSITIONING.picture });
  #oval = svg("ellipse", fixedWidth);
  #eyes = [0, 1].map(() => svg("path", { class: "eye-marker", ...fixedWidth }));
  #marker = svg("g", { class: "face-marker" }, this.#oval, ...this.#eyes);
  #guide = svg("ellipse", { cx: "50", cy: "50", ...fixedWidth });
  #items = new Map(Object.keys(UNKNOWN).map((name) => [name, h("li", { "data-check": name })]));
  #start;
  #announce;
  #words = "";

  /** @param {{start: HTMLButtonElement, announce: (text: string) => void}} options start: enabled once there is a face */
  constructor({ start, announce }) {
    this.#start = start;
    this.#announce = announce;
    this.preview = h(
      "div",
      { className: "preview" },
      h(
        "div",
        { className: "mirror" },
        this.video,
        svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, this.#marker),
      ),
      svg(
        "svg",
        { class: "guide", viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" },
        this.#guide,
      ),
    );
    this.checks = h("ul", { className: "checks" }, ...this.#items.values());
    // The marks over the picture are in shares of the frame, so the box has the frame's aspect ratio.
    this.video.addEventListener("resize", () => {
      const { videoWidth, videoHeight } = this.video;
      if (!videoWidth) return;
      this.preview.style.setProperty("--frame", `${videoWidth} / ${videoHeight}`);
      this.#drawGuide(videoWidth / videoHeight);
    });
    this.#drawGuide(USUAL.aspect);
    this.reset();
  }

  reset() {
    this.#start.disabled = true;
    this.preview.dataset.ready = "no";
    this.#words = "";
    for (const [name, value] of Object.entries(UNKNOWN)) this.#show(name, value);
    this.#place(null);
  }

  /** @param {any} gaze a gaze message with `face` @param {import("../core/picture.js").Picture} picture of the camera */
  update(gaze, picture) {
    const checks = assess(gaze, picture);
    for (const [name, value] of Object.entries(checks)) this.#show(name, value);
    const found = checks.found.verdict === "good";
    const all = Object.values(checks).every(({ verdict }) => verdict === "good");
    this.#start.disabled = !found;
    this.preview.dataset.ready = all ? "yes" : found ? "almost" : "no";
    this.#place(gaze.face ?? null);
    const advice = Object.values(checks).find(({ verdict }) => verdict === "adjust");
    const words = all ? POSITIONING.ready : (advice?.text ?? "");
    if (words && words !== this.#words) this.#announce(words);
    this.#words = words;
  }

  /** @param {number} aspect of the picture */
  #drawGuide(aspect) {
    const { x, y } = ovalIn(aspect);
    this.#guide.setAttribute("rx", String(100 * x));
    this.#guide.setAttribute("ry", String(100 * y));
  }

  /** @param {string} name @param {Check} check */
  #show(name, { verdict, text }) {
    const item = this.#items.get(name);
    if (!item || (item.dataset.verdict === verdict && item.dataset.text === text)) return;
    Object.assign(item.dataset, { verdict, text });
    item.replaceChildren(icon(verdict), h("span", { className: "check-text" }, text));
  }

  /** @param {Face | null} face */
  #place(face) {
    this.#marker.classList.toggle("is-there", face !== null);
    if (!face) return;
    const [x, y, width, height] = face.box;
    // The marks are mirrored together with the video, so they use camera coordinates.
    const ellipse = { cx: (x + width / 2) * 100, cy: (y + height / 2) * 100, rx: width * 51, ry: height * 51 };
    for (const [name, value] of Object.entries(ellipse)) this.#oval.setAttribute(name, value.toFixed(2));
    this.#eyes.forEach((eye, i) => {
      const point = face.eyes?.[i];
      eye.setAttribute("visibility", point ? "visible" : "hidden");
      // A line of length zero with round ends is a dot that stays round in a stretched picture.
      if (point) eye.setAttribute("d", `M${(point[0] * 100).toFixed(2)} ${(point[1] * 100).toFixed(2)}h0`);
    });
  }
}
