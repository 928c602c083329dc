/**
 * Draws one step at a time on the stage, and takes the times at which it is seen.
 *
 * A stimulus is loaded and decoded before it is due. It is drawn in one frame; the time of the next frame is its onset, because
 * the screen shows a frame while the browser makes the next one.
 *
 * @typedef {{kind: "picture" | "text" | "video" | "page", name: string, source: string, duration_ms: number | null,
 *   until: string | null, fixation_ms: number}} StimulusStep
 * @typedef {{kind: "question", name: string, ask: string, answers: {key: string, answer: string}[]}} QuestionStep
 * @typedef {{kind: "check"}} CheckStep
 * @typedef {StimulusStep | QuestionStep} ShownStep
 * @typedef {ShownStep | CheckStep} Step
 * @typedef {{step: ShownStep, element: HTMLElement, more: HTMLElement[], act: EventTarget}} Prepared
 *   more: shown beside it; act: emits `end` (a button, the end of a video) and `answer`
 */
import { h } from "../ui/dom.js";
import { KEY_NAMES, PROBLEM, SHOWN } from "./texts.js";

const PAGE_LOADS_MS = 15_000;

/** @returns {Promise<number>} the time of the next frame */
export const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

export class StimulusView {
  #root;
  #stage;
  /** @type {Prepared | null} */
  #shown = null;

  /** @param {{root: HTMLElement, stage: HTMLElement}} options */
  constructor({ root, stage }) {
    this.#root = root;
    this.#stage = stage;
  }

  /** What is on the screen. @returns {{step: ShownStep, box: DOMRect} | null} */
  get shown() {
    return this.#shown && { step: this.#shown.step, box: this.#shown.element.getBoundingClientRect() };
  }

  /** Loads it, and decodes it. Rejects if a file can't be loaded. @param {ShownStep} step @returns {Promise<Prepared>} */
  async prepare(step) {
    const act = new EventTarget();
    const prepared = { step, more: [], act };
    switch (step.kind) {
      case "picture": {
        const element = h("img", { src: URL.createObjectURL(await load(step.source, step.name)), alt: "" });
        await element.decode().catch(() => {
          throw new Error(PROBLEM.file(step.name));
        });
        return { ...prepared, element };
      }
      case "video": {
        const element = h("video", { src: URL.createObjectURL(await load(step.source, step.name)), playsInline: true, preload: "auto" });
        await once(element, ["canplaythrough", "loadeddata"], PROBLEM.file(step.name));
        element.addEventListener("ended", () => act.dispatchEvent(new Event("end")));
        return { ...prepared, element };
      }
      case "page":
        return { ...prepared, ...page(step, act) };
      case "text": {
        const words = step.until && (SHOWN.textEnds[/** @type {"space"} */ (step.until)] ?? SHOWN.keyEnds(step.until));
        const element = h("p", { className: "reading" }, step.source);
        return { ...prepared, element, more: words ? [h("p", { className: "key-hint" }, words)] : [] };
      }
      default:
        return { ...prepared, element: question(step, act) };
    }
  }

  /** The cross in the middle. */
  async fixate() {
    await frame();
    this.#put(h("div", { className: "cross" }));
  }

  /** @param {Prepared} prepared @returns {Promise<number>} its onset, of performance.now() */
  async show(prepared) {
    await frame();
    this.#put(prepared.element, ...prepared.more);
    this.#shown = prepared;
    this.#stage.toggleAttribute("data-pointer", ["page", "question"].includes(prepared.step.kind));
    fit(prepared.element);
    if (prepared.element instanceof HTMLVideoElement) return play(prepared.element);
    return frame();
  }

  /** @returns {Promise<number>} when it is gone, of performance.now() */
  async clear() {
    await frame();
    this.empty();
    return frame();
  }

  /** At once. */
  empty() {
    this.#shown = null;
    this.#stage.toggleAttribute("data-pointer", false);
    for (const element of this.#root.querySelectorAll("img, video")) URL.revokeObjectURL(element.getAttribute("src") ?? "");
    this.#root.replaceChildren();
  }

  /** @param {...HTMLElement} elements */
  #put(...elements) {
    this.#root.replaceChildren(...elements);
    /** @type {HTMLElement | null} */ (this.#root.querySelector("h1, .site-bar button"))?.focus({ preventScroll: true });
  }
}

/** As large as the stage allows. Also a drawing without a size of its own gets one. @param {HTMLElement} element */
function fit(element) {
  const [width, height] =
    element instanceof HTMLImageElement ? [element.naturalWidth, element.naturalHeight]
    : element instanceof HTMLVideoElement ? [element.videoWidth, element.videoHeight]
    : [0, 0];
  if (!width || !height) return;
  const scale = Math.min(window.innerWidth / width, window.innerHeight / height);
  element.style.width = `${Math.round(width * scale)}px`;
  element.style.height = `${Math.round(height * scale)}px`;
}

/** @param {HTMLVideoElement} video @returns {Promise<number>} the time of its first picture */
async function play(video) {
  video.currentTime = 0;
  await video.play().catch(() => {
    video.muted = true; // some browsers play sound only after a press
    return video.play();
  });
  return frame();
}

/** @param {string} source @param {string} name @returns {Promise<Blob>} */
async function load(source, name) {
  const response = await fetch(source).catch(() => null);
  if (!response?.ok) throw new Error(PROBLEM.file(name));
  return response.blob();
}

/** @param {HTMLMediaElement} element @param {string[]} events @param {string} problem @returns {Promise<void>} */
function once(element, events, problem) {
  return new Promise((resolve, reject) => {
    for (const event of events) element.addEventListener(event, () => resolve(), { once: true });
    element.addEventListener("error", () => reject(new Error(problem)), { once: true });
  });
}

/** @param {StimulusStep} step @param {EventTarget} act */
function page(step, act) {
  const element = h("iframe", { className: "site", title: step.name, sandbox: "allow-scripts allow-same-origin allow-forms" });
  const next = h("button", { type: "button", className: "primary" }, SHOWN.next);
  next.addEventListener("click", () => act.dispatchEvent(new Event("end")));
  const bar = h("div", { className: "site-bar" }, ...(step.until ? [h("span", { className: "fine" }, SHOWN.pageEnds), next] : []));
  element.src = step.source;
  return { element, more: [bar] };
}

/** A page loads when it is on the screen; its onset is then. @param {HTMLElement} element @returns {Promise<unknown>} */
export function loaded(element) {
  if (!(element instanceof HTMLIFrameElement)) return Promise.resolve();
  const arrives = new Promise((resolve) => element.addEventListener("load", resolve, { once: true }));
  return Promise.race([arrives, new Promise((resolve) => window.setTimeout(resolve, PAGE_LOADS_MS))]);
}

/** @param {QuestionStep} step @param {EventTarget} act */
function question({ ask, answers }, act) {
  const choices = answers.map(({ key, answer }) => {
    const name = KEY_NAMES[/** @type {"space"} */ (key)] ?? key.toUpperCase();
    const button = h("button", { type: "button", className: "quiet" }, `${answer} `, h("kbd", {}, name));
    button.addEventListener("click", () => act.dispatchEvent(new CustomEvent("answer", { detail: answer })));
    return button;
  });
  return h("div", { className: "question" }, h("h1", { tabIndex: -1 }, ask), h("div", { className: "actions" }, ...choices));
}
