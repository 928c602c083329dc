/**
 * The recording of one participant. What is acknowledged is in the recording's file. Requests are not awaited while stimuli are
 * shown, because the screen must not wait for the server; `finish` waits for all of them.
 *
 * @typedef {{left: number, top: number, width: number, height: number}} Box CSS px of the viewport
 * @typedef {import("./stimuli.js").ShownStep} ShownStep
 */
import { askServer } from "../core/http.js";

export class StudyRecording {
  #session;
  #signal;
  /** @type {Set<Promise<unknown>>} */
  #pending = new Set();
  #id = "";

  /** @param {{session: import("../core/session.js").ServerSession, signal: AbortSignal}} options */
  constructor({ session, signal }) {
    this.#session = session;
    this.#signal = signal;
  }

  /** Its name, empty if none runs. */
  get id() {
    return this.#id;
  }

  /** `finish` waits for this work. @param {Promise<unknown>} work */
  waitFor(work) {
    this.#wait(work);
  }

  get running() {
    return this.#id !== "";
  }

  /** @param {{study: string, participant: number, row: number, person: string}} run rejects with a Refused */
  async start({ study, participant, row, person }) {
    const about = { name: study, participant, row };
    const answer = await this.#session.ask({ type: "record_start", study: about, ...(person && { person }) });
    this.#id = answer.recording;
  }

  /** Gives the recording the pictures, so that the lab can show the gaze on them. @param {{name: string, source: string}[]} pictures */
  keep(pictures) {
    const all = async () => {
      for (const { name, source } of pictures) await this.#keep(name, source);
    };
    this.#wait(all());
  }

  /**
   * @param {"start" | "move" | "end"} phase @param {ShownStep} step @param {number} shownMs of performance.now() @param {Box} [box]
   */
  stimulus(phase, { name, kind }, shownMs, box) {
    const shown = { phase, name, kind: kind === "question" ? "text" : kind, shown_ms: this.#session.clock.originMs + shownMs };
    this.#wait(this.#session.ask({ type: "stimulus", ...shown, ...(box && this.#onScreen(box)) }));
  }

  /** @param {string} label */
  mark(label) {
    this.#wait(this.#session.ask({ type: "mark", label: label.slice(0, 64) }));
  }

  /** Everything is written, and the participant has come to the end. @returns {Promise<string>} its id */
  async finish() {
    await Promise.all(this.#pending);
    const id = this.#id;
    this.#id = "";
    await this.#session.ask({ type: "record_stop", complete: true });
    return id;
  }

  /** The participant has stopped. The recording is marked as not complete. */
  stop() {
    if (this.#id) this.#session.send({ type: "record_stop" });
    this.#id = "";
  }

  /** @param {Box} box in CSS px of the screen */
  #onScreen({ left, top, width, height }) {
    const { viewport, scale } = this.#session.layout;
    return { x_px: viewport.x + left * scale, y_px: viewport.y + top * scale, width_px: width * scale, height_px: height * scale };
  }

  /** @param {string} name @param {string} source */
  async #keep(name, source) {
    const path = `/v1/recordings/${this.#id}/stimuli/${encodeURIComponent(name)}`;
    try {
      const picture = await (await fetch(source, { signal: this.#signal })).blob();
      await askServer(path, { token: this.#session.token, signal: this.#signal, method: "PUT", body: picture });
    } catch (error) {
      console.info("the recording has no picture of", name, /** @type {Error} */ (error).message);
    }
  }

  /** @param {Promise<unknown>} request a refusal, or a lost connection, is reported by the session's events */
  #wait(request) {
    const settled = request.catch((error) => console.info("not recorded:", error.message)).finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
  }
}
