/** Looks, told to the server: where the person looked, and when, at dots of the page's own. */
import { viewportToScreen } from "../core/geometry.js";
import { GazeError } from "./errors.js";

/**
 * @param {import("../core/requests.js").Requests} requests
 * @param {import("../core/geometry.js").ScreenLayout} layout
 * @param {import("../gaze.js").Look} look
 * @returns {Promise<{places: number, frames: number}>}
 */
export async function tellLook(requests, layout, { x, y, startMs, endMs }) {
  const point = viewportToScreen({ x, y }, layout);
  const inside = (/** @type {number} */ value) => Math.min(1, Math.max(0, value));
  const place = { x: inside(point.x), y: inside(point.y) };
  const answer = await requests.ask({ type: "look", ...place, start_ms: startMs, end_ms: endMs });
  if (answer.type === "error") throw new GazeError("calibration", answer.message);
  return { places: answer.n_places, frames: answer.n_frames };
}

/**
 * @param {import("../core/requests.js").Requests} requests
 * @param {string | undefined} user
 * @param {() => Promise<any>} outcome the server's next word on a calibration that is not "fitting"
 * @returns {Promise<any>} the report
 */
export async function fitLooks(requests, user, outcome) {
  const answer = await requests.ask({ type: "look_fit", ...(user && { user }) });
  if (answer.type === "error") throw new GazeError("calibration", answer.message);
  const message = answer.state === "fitting" ? await outcome() : answer;
  if (message.state !== "done") throw new GazeError("calibration", message.reason ?? "The calibration failed.");
  return message.report;
}
