/** Questions to the server: each gets a `request_id`, and the first message that repeats it is the answer. */

const lost = () => new Error("the connection to the gaze server was lost");

export class Requests {
  #connection;
  #signal;
  #last = 0;

  /** @param {{connection: import("./connection.js").Connection, signal: AbortSignal}} options */
  constructor({ connection, signal }) {
    this.#connection = connection;
    this.#signal = signal;
  }

  /** @param {object} message @returns {Promise<any>} the answer, which may be an `error`; rejects when the connection ends */
  ask(message) {
    this.#last += 1;
    const id = `plugin-${this.#last}`;
    if (!this.#connection.send({ ...message, request_id: id })) return Promise.reject(this.#signal.reason ?? lost());
    return this.next((answer) => answer.request_id === id);
  }

  /** @param {(message: any) => boolean} wanted @returns {Promise<any>} the first message like that from now on */
  next(wanted) {
    const done = new AbortController();
    const { signal } = done;
    const found = new Promise((resolve, reject) => {
      const giveUp = () => reject(this.#signal.reason ?? lost());
      this.#signal.addEventListener("abort", giveUp, { signal });
      this.#connection.addEventListener("state", giveUp, { signal });
      this.#connection.addEventListener(
        "message",
        (event) => {
          const { detail } = /** @type {CustomEvent} */ (event);
          if (wanted(detail)) resolve(detail);
        },
        { signal },
      );
    });
    return found.finally(() => done.abort());
  }
}
