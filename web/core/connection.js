/**
 * The camera socket: frames out, answers in.
 *
 * 1. At most MAX_UNANSWERED frames are unanswered; one more would only be late. `canSendFrame` is checked before a frame
 *    is encoded.
 * 2. Every frame is answered by `gaze`, `overview` or `dropped` with its number in `frame`. An answer that does not come
 *    within ANSWER_TIMEOUT_MS counts as lost, so one lost answer does not stop the stream.
 * 3. A lost socket is opened again with a growing delay. After a refusal (1008) it stays closed. A server that stops says
 *    before when to try again (`stopping`).
 *
 * Emits `state` (detail: ConnectionState) and `message` (detail: the parsed message).
 *
 * @typedef {{name: "connecting" | "open" | "waiting" | "refused", reason: string, retryInMs: number}} ConnectionState
 */
import { Pace } from "./pace.js";
import { NO_SERVER } from "./texts.js";
import { parseServerMessage, ProtocolError } from "./wire.js";

export const MAX_UNANSWERED = 2;
const ANSWER_TIMEOUT_MS = 3000;
const BACKOFF_MS = [500, 1000, 2000, 4000, 8000];
const CLOSE_POLICY = 1008;
const ANSWERS = new Set(["gaze", "overview", "dropped"]);

export class Connection extends EventTarget {
  #url;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<number, number>} frame number -> when sent */
  #unanswered = new Map();
  #attempt = 0;
  #seq = 0;
  #ready = false;
  #overviewMs = Infinity;
  #pace = new Pace();
  #destroyed = false;
  #retryTimer = 0;
  /** When to try again after the server has stopped, as it said. @type {number | null} */
  #stoppingRetryMs = null;

  /** @param {{url: string}} options */
  constructor({ url }) {
    super();
    this.#url = url;
  }

  open() {
    if (this.#destroyed || this.#socket) return;
    this.#emitState({ name: "connecting", reason: "", retryInMs: 0 });
    const socket = new WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    // Messages of earlier sockets are ignored.
    socket.addEventListener("message", (event) => socket === this.#socket && this.#onText(event.data));
    socket.addEventListener("close", (event) => socket === this.#socket && this.#onClose(event));
  }

  destroy() {
    this.#destroyed = true;
    window.clearTimeout(this.#retryTimer);
    this.#socket?.close(1000, "page closed");
    this.#socket = null;
  }

  /** Starts another session in place of this one, without its calibration. */
  renew() {
    const socket = this.#socket;
    this.#socket = null;
    this.#ready = false;
    this.#unanswered.clear();
    socket?.close(1000, "renewed");
    this.open();
  }

  /** Tries again at once, without the delay. */
  retryNow() {
    window.clearTimeout(this.#retryTimer);
    this.open();
  }

  get canSendFrame() {
    if (!this.#ready) return false;
    const oldest = performance.now() - ANSWER_TIMEOUT_MS;
    for (const [frame, sentAt] of this.#unanswered) if (sentAt < oldest) this.#unanswered.delete(frame);
    return this.#unanswered.size < MAX_UNANSWERED;
  }

  /** The interval between overviews, as the server asks for it; Infinity if it wants none. */
  get overviewMs() {
    return this.#overviewMs;
  }

  /** How often and how large the server wants frames. */
  get pace() {
    return this.#pace;
  }

  /** The number for the next frame; never used twice. */
  nextSeq() {
    this.#seq += 1;
    return this.#seq;
  }

  /** @param {number} seq @param {ArrayBuffer} header @param {Blob} jpeg */
  sendFrame(seq, header, jpeg) {
    if (!this.#ready || this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#unanswered.set(seq, performance.now());
    this.#socket.send(new Blob([header, jpeg]));
  }

  /** @param {object} message @returns {boolean} whether it went out */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** @param {unknown} data */
  #onText(data) {
    let message;
    try {
      if (typeof data !== "string") throw new ProtocolError("the server sent bytes where text belongs");
      message = parseServerMessage(data);
    } catch (error) {
      console.error("Connection:", error);
      this.#refuse(NO_SERVER.otherProtocol(/** @type {Error} */ (error).message));
      return;
    }
    if (message.type === "hello") {
      this.#ready = true;
      this.#attempt = 0;
      this.#unanswered.clear();
      this.#stoppingRetryMs = null;
      this.#overviewMs = message.overview?.every_ms ?? Infinity;
      this.#pace.reset();
      this.#emitState({ name: "open", reason: "", retryInMs: 0 });
    } else if (message.type === "stopping") {
      this.#stoppingRetryMs = message.retry_ms;
    } else if (message.type === "pace") {
      this.#pace.set(/** @type {any} */ (message));
    } else if (ANSWERS.has(message.type)) {
      this.#unanswered.delete(message.frame);
      this.#overviewMs = message.next_ms ?? this.#overviewMs;
    }
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  /** @param {string} reason */
  #refuse(reason) {
    this.#ready = false;
    this.#socket?.close(1000, "protocol");
    this.#socket = null;
    this.#emitState({ name: "refused", reason, retryInMs: 0 });
  }

  /** @param {CloseEvent} event */
  #onClose(event) {
    this.#ready = false;
    this.#socket = null;
    this.#unanswered.clear();
    if (this.#destroyed) return;
    if (event.code === CLOSE_POLICY) {
      this.#emitState({ name: "refused", reason: event.reason || NO_SERVER.refused, retryInMs: 0 });
      return;
    }
    const usual = BACKOFF_MS[Math.min(this.#attempt, BACKOFF_MS.length - 1)];
    // Pages that lost their server at once should not come back at once.
    const delay = (this.#stoppingRetryMs ?? usual) * (0.8 + 0.4 * Math.random());
    const reason = this.#stoppingRetryMs === null ? event.reason : NO_SERVER.stopping;
    this.#stoppingRetryMs = null;
    this.#attempt += 1;
    this.#emitState({ name: "waiting", reason, retryInMs: delay });
    this.#retryTimer = window.setTimeout(() => this.open(), delay);
  }

  /** @param {ConnectionState} state */
  #emitState(state) {
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}
