/** The way into a session: consent -> camera -> server. */
import { GazeError } from "./errors.js";
import { serverInWords } from "./options.js";
import { openConnection } from "./server-link.js";
import { askConsent, showWaiting } from "./steps.js";

/**
 * Rejects with what stands in the way; a person who cancels ends the session.
 * @param {{options: import("./options.js").Options, dialog: import("./dialog.js").Dialog,
 *   camera: import("./camera-link.js").CameraLink, connection: import("../core/connection.js").Connection,
 *   end: (reason: Error) => void, signal: AbortSignal}} parts
 */
export async function comeIn({ options, dialog, camera, connection, end, signal }) {
  const { consent, purpose, server, timeoutMs } = options;
  const ask = consent === "ask";
  const no = new GazeError("declined", "the person does not want to be tracked");
  const cancel = () => end(no);
  if (ask) {
    const words = { page: window.location.host || "this page", purpose, server: serverInWords(server) };
    if (!(await askConsent(dialog, words))) throw no;
  }
  await camera.open(cancel);
  const say = ask ? await showWaiting(dialog, "Looking for the gaze server.", cancel) : () => {};
  await openConnection(connection, { server, timeoutMs, say, signal });
}
