/** The steps into a session: consent -> camera -> server. Each rejects with the reason if it fails. */
import { explainCameraError } from "../ui/camera-problem.js";
import { GazeError } from "./errors.js";
import { serverInWords } from "./options.js";
import { askConsent, showProblem, showWaiting } from "./steps.js";
import { CAMERA, CONSENT, SERVER } from "./texts.js";

/** @typedef {import("../core/session.js").ServerSession} ServerSession */
/** @typedef {import("./dialog.js").Dialog} Dialog */

/**
 * Cancelling ends the session.
 * @param {{options: import("./options.js").Options, dialog: Dialog, session: ServerSession, end: (reason: Error) => void,
 *   signal: AbortSignal}} parts
 */
export async function connect({ options, dialog, session, end, signal }) {
  const { consent, purpose, server, timeoutMs } = options;
  const ask = consent === "ask";
  const no = new GazeError("declined", "the person does not want to be tracked");
  const cancel = () => end(no);
  if (ask) {
    const words = { page: window.location.host || CONSENT.thisPage, purpose, server: serverInWords(server) };
    if (!(await askConsent(dialog, words))) throw no;
    signal.throwIfAborted();
  }
  await openCamera({ session, dialog, ask, cancel });
  signal.throwIfAborted();
  const say = ask ? await showWaiting(dialog, SERVER.connecting, cancel) : () => {};
  await openConnection(session, { server, timeoutMs, say, signal });
}

/**
 * Rejects with the code `camera`.
 * @param {{session: ServerSession, dialog: Dialog, ask: boolean, cancel: () => void, problem?: unknown}} options
 *   ask: problems are shown, with a button to try again; cancel: called if the person cancels while the browser
 *   asks; problem: the camera's problem, if there is one already
 */
export async function openCamera({ session, dialog, ask, cancel, problem }) {
  for (;;) {
    if (problem !== undefined) {
      const words = explainCameraError(problem);
      const again = ask && (await showProblem(dialog, words)) === "again";
      if (!again) throw new GazeError("camera", words.title, { cause: problem });
    }
    try {
      if (ask) await showWaiting(dialog, CAMERA.question, cancel);
      await session.openCamera();
      return;
    } catch (error) {
      problem = error ?? new Error("the camera could not be opened");
    }
  }
}

/**
 * Resolves after the server's hello. Rejects with the code `server`.
 * @param {ServerSession} session
 * @param {{server: string, timeoutMs: number, signal: AbortSignal, say: (words: string) => void}} options
 * @returns {Promise<void>}
 */
function openConnection(session, { server, timeoutMs, signal, say }) {
  const silent = SERVER.silent(new URL(server, document.baseURI).host);
  const done = new AbortController();
  const opened = new Promise((resolve, reject) => {
    const giveUp = (/** @type {string} */ why) => reject(new GazeError("server", why));
    // A browser does not report why a socket was not opened, so a refusal looks like a missing server.
    const timer = window.setTimeout(
      () => giveUp(`${silent}, or it is not open to pages of ${window.location.origin} (its option --allow-origin).`),
      timeoutMs,
    );
    done.signal.addEventListener("abort", () => window.clearTimeout(timer));
    signal.addEventListener("abort", () => reject(signal.reason), { signal: done.signal });
    session.addEventListener(
      "state",
      (event) => {
        const { name, reason } = /** @type {CustomEvent} */ (event).detail;
        if (name === "open") resolve(undefined);
        else if (name === "refused") giveUp(reason);
        else if (name === "waiting") say(SERVER.retrying(reason || silent));
      },
      { signal: done.signal },
    );
    session.open();
  });
  return opened.finally(() => done.abort());
}
