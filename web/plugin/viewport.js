/**
 * A gaze message in the coordinates of this page. Pure.
 *
 * @typedef {import("../core/geometry.js").Point} Point
 * @typedef {import("../core/geometry.js").ScreenLayout} ScreenLayout
 */
import { screenToViewport, viewportToScreen } from "../core/geometry.js";

/**
 * @param {any} message `gaze.v1`
 * @param {ScreenLayout} layout
 * @param {boolean} exact whether the page's place on the screen is known, not guessed
 * @param {number} [offsetMs] how far the server's clock is ahead of the page's
 * @returns {import("../gaze.js").GazePoint}
 */
export function gazeInViewport(message, layout, exact, offsetMs = 0) {
  const place = (/** @type {any} */ point) => (message.valid && point ? screenToViewport(point, layout) : null);
  const point = place(message);
  const px = (/** @type {unknown} */ value) => (typeof value === "number" ? value / layout.scale : null);
  return {
    valid: message.valid,
    status: message.status,
    x: point?.x ?? null,
    y: point?.y ?? null,
    inside: point !== null && isInside(point, layout),
    errorPx: message.valid ? px(message.error_px) : null,
    confidence: message.confidence,
    exact,
    raw: place(message.raw),
    screen: message.valid ? { x: message.x, y: message.y } : null,
    timestamp: message.timestamp - offsetMs,
    latencyMs: message.latency_ms ?? null,
    seq: message.seq,
    message,
  };
}

/**
 * The request that reports where the person looked. A place outside the screen is moved to its edge.
 * @param {import("../gaze.js").Look} look @param {ScreenLayout} layout @param {number} [offsetMs] see gazeInViewport
 */
export function lookMessage({ x, y, startMs, endMs }, layout, offsetMs = 0) {
  const point = viewportToScreen({ x, y }, layout);
  const inside = (/** @type {number} */ value) => Math.min(1, Math.max(0, value));
  return { type: "look", x: inside(point.x), y: inside(point.y), start_ms: startMs + offsetMs, end_ms: endMs + offsetMs };
}

/** @param {Point} point CSS px of the viewport @param {ScreenLayout} layout */
export function isInside(point, { viewport, scale }) {
  return point.x >= 0 && point.y >= 0 && point.x < viewport.width / scale && point.y < viewport.height / scale;
}

/**
 * An event of the server (fixation, saccade, blink, aoi, dwell): its places in CSS px of the viewport, with screen
 * units under `screen`.
 * @param {any} message
 * @param {ScreenLayout} layout
 * @param {number} [offsetMs] see gazeInViewport
 */
export function eventInViewport(message, layout, offsetMs = 0) {
  const moved = { ...message };
  for (const time of ["timestamp", "start"]) if (typeof message[time] === "number") moved[time] -= offsetMs;
  if (typeof message.x === "number" && typeof message.y === "number") {
    Object.assign(moved, screenToViewport(message, layout), { screen: { x: message.x, y: message.y } });
  }
  for (const end of ["from", "to"]) {
    if (typeof message[end]?.x === "number") moved[end] = screenToViewport(message[end], layout);
  }
  return moved;
}
