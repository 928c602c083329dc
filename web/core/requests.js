/**
 * Requests to the server. Each gets a `request_id`. Its answer is the first message that repeats the id or, if the request
 * waits for a certain content, the first such message. An `error` with the id is a refusal.
 */
import { NO_SERVER } from "./texts.js";

/** A fit takes 0.1 s, and some seconds on a slow machine. After this time, no answer is expected. */
const ANSWER_MS = 60_000;

/** The server refused the request, or there is no connection. The message is for people. */
export class Refused extends Error {
  /** @param {string} message @param {any} [answer] the server's `error` message, where there is one */
  constructor(message, answer = null) {
    super(message);
    this.answer = answer;
  }
}

/** @param {unknown} error of `ask` @returns {boolean} whether the server has answered; otherwise the connection was lost, or closed */
export function refusedByServer(error) {
  return error instanceof Refused && error.answer !== null;
}

export class Requests {
  #send;
  #last = 0;
  /** @type {Set<{id: string, isAnswer: (message: any) => boolean, settle: (message: any) => void, fail: (error: Error) => void}>} */
  #waiting = new Set();
  /** @type {Set<string>} given up; their late refusals are ignored */
  #givenUp = new Set();

  /** @param {{send: (message: object) => unknown}} options send: returns false when there is no connection */
  constructor({ send }) {
    this.#send = send;
  }

  /**
   * @param {object} message
   * @param {{until?: (message: any) => boolean, signal?: AbortSignal}} [options] until: whether a message is the answer; by default
   *   the first message with the request's id
   * @returns {Promise<any>} the answer; rejects with a Refused, or with the signal's reason
   */
  ask(message, { until, signal } = {}) {
    this.#last += 1;
    const id = `ask-${this.#last}`;
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(entry);
        clearTimeout(timer);
        signal?.removeEventListener("abort", giveUp);
      };
      const entry = {
        id,
        isAnswer: until ?? ((/** @type {any} */ answer) => answer.request_id === id),
        settle: (/** @type {any} */ answer) => {
          end();
          if (answer.type === "error") reject(new Refused(answer.message ?? NO_SERVER.requestRefused, answer));
          else resolve(answer);
        },
        fail: (/** @type {Error} */ error) => {
          end();
          reject(error);
        },
      };
      const giveUp = () => {
        this.#givenUp.add(id);
        entry.fail(signal?.reason);
      };
      const timer = setTimeout(() => entry.fail(new Refused(`${NO_SERVER.silent}.`)), ANSWER_MS);
      signal?.addEventListener("abort", giveUp, { once: true });
      this.#waiting.add(entry);
      if (signal?.aborted) giveUp();
      else if (this.#send({ ...message, request_id: id }) === false) {
        entry.fail(new Refused(NO_SERVER.none));
      }
    });
  }

  /** @param {any} message of the server @returns {boolean} whether it is a refusal that a request has taken */
  hear(message) {
    const refusal = message.type === "error";
    let taken = refusal && this.#givenUp.has(message.request_id);
    for (const entry of [...this.#waiting]) {
      if (refusal ? entry.id !== message.request_id : !entry.isAnswer(message)) continue;
      taken ||= refusal;
      entry.settle(message);
    }
    return taken;
  }

  /** Rejects all open requests. @param {Error} error */
  end(error) {
    for (const entry of [...this.#waiting]) entry.fail(error);
    this.#givenUp.clear();
  }
}
