/** The way to the server: opens the connection, and gives up with a reason in words. */
import { GazeError } from "./errors.js";

/**
 * Resolves when the server has said hello. Rejects with the code `server`.
 * @param {import("../core/connection.js").Connection} connection
 * @param {{server: string, timeoutMs: number, signal: AbortSignal, say: (words: string) => void}} options
 * @returns {Promise<void>}
 */
export function openConnection(connection, { server, timeoutMs, signal, say }) {
  const silent = `The gaze server at ${new URL(server, document.baseURI).host} does not answer`;
  const done = new AbortController();
  const opened = new Promise((resolve, reject) => {
    const giveUp = (/** @type {string} */ why) => reject(new GazeError("server", why));
    // A browser does not tell a page why a socket was not opened: a refusal looks like silence.
    const timer = window.setTimeout(
      () => giveUp(`${silent}, or it is not open to pages of ${window.location.origin} (its option --allow-origin).`),
      timeoutMs,
    );
    done.signal.addEventListener("abort", () => window.clearTimeout(timer));
    signal.addEventListener("abort", () => reject(signal.reason), { signal: done.signal });
    connection.addEventListener(
      "state",
      (event) => {
        const { name, reason } = /** @type {CustomEvent} */ (event).detail;
        if (name === "open") resolve(undefined);
        else if (name === "refused") giveUp(reason);
        else if (name === "waiting") say(`${reason || silent}. Trying again.`);
      },
      { signal: done.signal },
    );
    connection.open();
  });
  return opened.finally(() => done.abort());
}
