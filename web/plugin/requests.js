/** Questions to the server: each gets a `request_id`, and the first message that repeats it is the answer. */

export class Requests {
  #connection;
  #signal;
  #last = 0;

  /** @param {{connection: import("../js/connection.js").Connection, signal: AbortSignal}} options */
  constructor({ connection, signal }) {
    this.#connection = connection;
    this.#signal = signal;
  }

  /** @param {object} message @returns {Promise<any>} the answer, which may be an `error`; rejects when the connection ends */
  ask(message) {
    this.#last += 1;
    const id = `plugin-${this.#last}`;
    const done = new AbortController();
    const answered = new Promise((resolve, reject) => {
      const { signal } = done;
      const lost = () => reject(this.#signal.reason ?? new Error("the connection to the gaze server was lost"));
      this.#signal.addEventListener("abort", lost, { signal });
      this.#connection.addEventListener("state", lost, { signal });
      this.#connection.addEventListener(
        "message",
        (event) => {
          const { detail } = /** @type {CustomEvent} */ (event);
          if (detail.request_id === id) resolve(detail);
        },
        { signal },
      );
      if (!this.#connection.send({ ...message, request_id: id })) lost();
    });
    return answered.finally(() => done.abort());
  }
}
