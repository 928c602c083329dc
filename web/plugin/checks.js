/** What the server would end the session for is refused here, where the page's author sees the line. Pure. */
import { GazeError } from "./errors.js";

/** As the server takes names: printable, and of the blanks only the plain one. */
const NAME = /^(?:[^\p{C}\p{Z}]| ){1,64}$/u;
/** Of a look; the server takes no longer one. */
const LONGEST_MS = 10_000;

/** @param {unknown} value @param {string} what of @returns {string} */
export function checkName(value, what) {
  if (typeof value === "string" && NAME.test(value)) return value;
  throw new GazeError("options", `${what} is 1 to 64 printable characters, got ${JSON.stringify(value)}`);
}

/** @param {import("../gaze.js").Look} look @returns {import("../gaze.js").Look} */
export function checkLook(look) {
  const { x, y, startMs, endMs } = look;
  if ([x, y, startMs, endMs].every(Number.isFinite) && startMs >= 0 && endMs >= startMs && endMs - startMs <= LONGEST_MS) return look;
  throw new GazeError("options", `a look has x, y, startMs and endMs, of ${LONGEST_MS} ms at most, got ${JSON.stringify(look)}`);
}
