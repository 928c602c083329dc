/**
 * Sightline in any page:
 *
 *   import { connectGaze } from "http://127.0.0.1:8765/gaze.js";
 *
 *   const gaze = await connectGaze({ areas: ["#price"] });
 *   gaze.addEventListener("gaze", ({ detail }) => console.log(detail.x, detail.y));
 *   gaze.close();
 *
 * Everything else is in plugin/README.md; the types are in gaze.d.ts.
 */
import { asGazeError, GazeError } from "./plugin/errors.js";
import { parseOptions } from "./plugin/options.js";
import { GazeSession } from "./plugin/session.js";

export { GazeError, GazeSession };

/**
 * Asks the person, opens the camera, calibrates, and resolves with a session that emits gaze points.
 * @param {import("./gaze.js").GazeOptions} [options]
 * @returns {Promise<GazeSession>}
 */
export async function connectGaze(options = {}) {
  let session;
  try {
    session = new GazeSession(parseOptions(options));
  } catch (error) {
    throw asGazeError(error, "options");
  }
  await session.start();
  return session;
}
