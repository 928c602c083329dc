/**
 * Shows the steps of one participant, from the first cross to the last answer.
 *
 * Each step is loaded while the one before is shown. Leaving full screen, Esc and a hidden tab interrupt a step: what was shown
 * ends, and after the pause the step begins again.
 *
 * @typedef {import("./stimuli.js").Step} Step
 * @typedef {import("./stimuli.js").ShownStep} ShownStep
 * @typedef {import("./stimuli.js").StimulusStep} StimulusStep
 * @typedef {import("./stimuli.js").Prepared} Prepared
 */
import { isKey, keyName } from "./keys.js";
import { Site } from "./site.js";
import { loaded } from "./stimuli.js";

class Interrupted extends Error {}

export class Runner {
  #view;
  #recording;
  #check;
  #paused;
  #pictures;
  #abort = new AbortController();

  /**
   * @param {{view: import("./stimuli.js").StimulusView, recording: import("./recording.js").StudyRecording,
   *   pictures: import("./page-pictures.js").PagePictures, check: () => Promise<boolean>, paused: () => Promise<void>}} options
   *   check: shows a dot and resolves with whether it was looked at; paused: resolves when the person wants to continue
   */
  constructor({ view, recording, pictures, check, paused }) {
    this.#view = view;
    this.#recording = recording;
    this.#pictures = pictures;
    this.#check = check;
    this.#paused = paused;
  }

  /** Ends what is shown; it begins again after the pause. */
  interrupt() {
    this.#abort.abort(new Interrupted());
  }

  /** @param {Step[]} steps @param {AbortSignal} signal of the whole study */
  async run(steps, signal) {
    let next = this.#prepare(steps[0]);
    for (const [index, step] of steps.entries()) {
      let prepared = await next;
      next = this.#prepare(steps[index + 1]);
      next.catch(() => {}); // it is reported when the step is due
      while (!(await this.#complete(step, prepared, signal))) {
        await this.#paused();
        signal.throwIfAborted();
        prepared = await this.#prepare(step); // a page or a video begins again
      }
    }
  }

  /** @param {Step | undefined} step @returns {Promise<Prepared | null>} */
  #prepare(step) {
    return step && step.kind !== "check" ? this.#view.prepare(step) : Promise.resolve(null);
  }

  /** @param {Step} step @param {Prepared | null} prepared @param {AbortSignal} whole @returns {Promise<boolean>} false when it was interrupted */
  async #complete(step, prepared, whole) {
    whole.throwIfAborted();
    this.#abort = new AbortController();
    const signal = AbortSignal.any([whole, this.#abort.signal]);
    try {
      if (prepared === null) {
        const looked = await this.#check();
        signal.throwIfAborted();
        this.#recording.mark(looked ? "check" : "check failed");
      } else if (step.kind !== "check") await this.#show(step, prepared, signal);
      return true;
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      return false;
    } finally {
      this.#abort.abort(); // its listeners
      this.#view.empty();
    }
  }

  /** @param {ShownStep} step @param {Prepared} prepared @param {AbortSignal} signal */
  async #show(step, prepared, signal) {
    const fixationMs = "fixation_ms" in step ? step.fixation_ms : 0;
    if (fixationMs) {
      await within(this.#view.fixate(), signal);
      await sleep(fixationMs, signal);
    }
    const arrives = loaded(prepared.element);
    let onset = await within(this.#view.show(prepared), signal);
    if (step.kind === "page") {
      await within(arrives, signal);
      onset = performance.now();
    }
    const leave = this.#begin(step, prepared, onset);
    try {
      const answer = await this.#ended(step, prepared, onset, signal);
      this.#recording.stimulus("end", step, await within(this.#view.clear(), signal));
      if (answer) this.#recording.mark(`${step.name}: ${answer}`);
    } catch (error) {
      this.#recording.stimulus("end", step, performance.now());
      if (error instanceof Interrupted) this.#recording.mark(`interrupted: ${step.name}`);
      throw error;
    } finally {
      leave();
    }
  }

  /** Says that it is shown, and how a page is scrolled. @param {ShownStep} step @param {Prepared} prepared @param {number} onset @returns {() => void} its end */
  #begin(step, { element }, onset) {
    if (!(element instanceof HTMLIFrameElement)) {
      this.#recording.stimulus("start", step, onset, this.#view.shown?.box);
      return () => {};
    }
    const site = new Site(element);
    this.#recording.stimulus("start", step, onset, site.box);
    site.addEventListener("move", () => this.#recording.stimulus("move", step, performance.now(), site.box));
    const pictured = this.#pictures.watch({ name: step.name, site, recording: this.#recording.id });
    return () => {
      site.destroy();
      this.#recording.waitFor(pictured());
    };
  }

  /** @param {ShownStep} step @param {Prepared} prepared @param {number} onset @param {AbortSignal} signal @returns {Promise<string>} the answer, or empty */
  #ended(step, { act }, onset, signal) {
    return new Promise((resolve, reject) => {
      const listening = { signal };
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      act.addEventListener("end", () => resolve(""), listening);
      act.addEventListener("answer", (event) => resolve(/** @type {CustomEvent} */ (event).detail), listening);
      const onKey = (/** @type {KeyboardEvent} */ event) => {
        const pressed = keyName(event);
        // Space and Enter press a focused button.
        if (["space", "enter"].includes(pressed) && document.activeElement instanceof HTMLButtonElement) return;
        if (step.kind === "question") {
          const answered = step.answers.find(({ key }) => isKey(key, pressed));
          if (answered) resolve(answered.answer);
        } else if (isKey(step.until, pressed)) resolve("");
        else return;
        event.preventDefault();
      };
      document.addEventListener("keydown", onKey, listening);
      if (step.kind === "question") return;
      // A touch screen has no keys.
      if (step.until && step.kind !== "page") document.addEventListener("pointerdown", () => resolve(""), listening);
      if (step.duration_ms === null) return;
      const timer = window.setTimeout(() => resolve(""), Math.max(0, onset + step.duration_ms - CLEAR_MS - performance.now()));
      signal.addEventListener("abort", () => window.clearTimeout(timer), { once: true });
    });
  }
}

/** What `clear` takes on average: half a frame until the next one, and that one. */
const CLEAR_MS = 25;

/** @template T @param {Promise<T>} work @param {AbortSignal} signal @returns {Promise<T>} rejects with the signal's reason */
function within(work, signal) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

/** @param {number} ms @param {AbortSignal} signal */
function sleep(ms, signal) {
  return within(new Promise((resolve) => window.setTimeout(resolve, ms)), signal);
}
