/**
 * The game's words with the server: requests out, and the one answer that each step waits for.
 *
 * An `error` message counts as an answer to a request of this game only (by `request_id`); others are not its business.
 */

/** A fit takes a tenth of a second, on a slow machine some seconds; beyond this nobody answers any more. */
const ANSWER_MS = 60000;
const PREFIX = "game-";

/** @param {unknown} requestId of an answer @returns {boolean} whether a game asked for it */
export function askedByGame(requestId) {
  return String(requestId ?? "").startsWith(PREFIX);
}

/** The server said no; the message is for people. */
export class Refused extends Error {}

export class GameTalk {
  #connection;
  /** @type {Set<{matches: (message: any) => boolean, resolve: (message: any) => void, reject: (error: Error) => void}>} */
  #waiting = new Set();
  #requests = 0;

  /** @param {{connection: {send: (message: object) => unknown}}} options */
  constructor({ connection }) {
    this.#connection = connection;
  }

  /** @param {object} message nothing is awaited */
  tell(message) {
    this.#connection.send(message);
  }

  /**
   * @param {object} message @param {string} type of the answer @param {string[]} states those that end the wait
   * @param {AbortSignal} signal @returns {Promise<any>}
   */
  ask(message, type, states, signal) {
    this.#requests += 1;
    const requestId = `${PREFIX}${this.#requests}`;
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(entry);
        window.clearTimeout(timer);
        signal.removeEventListener("abort", stop);
      };
      const entry = {
        matches: (/** @type {any} */ answer) =>
          answer.type === "error" ? answer.request_id === requestId : answer.type === type && states.includes(answer.state),
        resolve: (/** @type {any} */ answer) => {
          end();
          if (answer.type === "error") reject(new Refused(answer.message ?? "The server refused."));
          else resolve(answer);
        },
        reject: (/** @type {Error} */ error) => {
          end();
          reject(error);
        },
      };
      const stop = () => entry.reject(/** @type {Error} */ (signal.reason));
      const timer = window.setTimeout(() => entry.reject(new Refused("The server does not answer.")), ANSWER_MS);
      signal.addEventListener("abort", stop, { once: true });
      this.#waiting.add(entry);
      if (this.#connection.send({ ...message, request_id: requestId }) === false) {
        entry.reject(new Refused("There is no connection to the server."));
      }
    });
  }

  /** @param {any} message whatever the server sent */
  hear(message) {
    for (const entry of [...this.#waiting]) if (entry.matches(message)) entry.resolve(message);
  }
}
