/**
 * The browser's own question what to share, and where this page lies in the picture that it gives.
 *
 * @typedef {"unsupported" | "framed" | "refused" | "other" | "window"} ShareProblem unsupported: the browser can't; framed: the page
 *   is inside another one; refused: the person or the system does not allow it; other: another tab was chosen; window: a window,
 *   in which the place of the page is not known
 * @typedef {{x: number, y: number, pxPerPx: number}} Source the viewport's corner in the video, and px of the video in a CSS px
 */

/** Chromium offers this tab first. Other browsers ignore it. */
const WANTED = { video: { frameRate: 10 }, audio: false, preferCurrentTab: true, selfBrowserSurface: "include", surfaceSwitching: "exclude" };
/** Shapes of screens and pictures of them differ by rounding. */
const SAME_SHAPE = 0.01;

export class ShareError extends Error {
  /** @param {ShareProblem} code @param {ErrorOptions} [options] */
  constructor(code, options) {
    super(`no picture of this page: ${code}`, options);
    this.name = "ShareError";
    this.code = code;
  }
}

/** Right after a press, because browsers ask only then. Rejects with a ShareError. @returns {Promise<MediaStream>} */
export async function shareTab() {
  const devices = /** @type {any} */ (navigator.mediaDevices);
  if (!devices?.getDisplayMedia) throw new ShareError("unsupported");
  if (window.top !== window) throw new ShareError("framed");
  const handle = crypto.randomUUID();
  devices.setCaptureHandleConfig?.({ handle, permittedOrigins: [window.location.origin] });
  /** @type {MediaStream} */
  const stream = await devices.getDisplayMedia(WANTED).catch((/** @type {unknown} */ cause) => {
    throw new ShareError("refused", { cause });
  });
  const problem = problemOf(/** @type {any} */ (stream.getVideoTracks()[0]), handle, window.screen);
  if (!problem) return stream;
  for (const track of stream.getTracks()) track.stop();
  throw new ShareError(problem);
}

/**
 * @param {{getSettings: () => MediaTrackSettings, getCaptureHandle?: () => {handle?: string} | null}} track
 * @param {string} handle of this tab @param {{width: number, height: number}} screen @returns {ShareProblem | null}
 */
export function problemOf(track, handle, screen) {
  const settings = track.getSettings();
  const surface = surfaceOf(settings, screen);
  if (surface === "browser" && track.getCaptureHandle && track.getCaptureHandle()?.handle !== handle) return "other";
  return surface === "window" ? "window" : null;
}

/** Firefox does not say what was chosen: a picture with the shape of the screen is the screen. @param {MediaTrackSettings} settings @param {{width: number, height: number}} screen */
function surfaceOf({ displaySurface, width = 1, height = 1 }, screen) {
  if (displaySurface) return displaySurface;
  return Math.abs((width / height) * (screen.height / screen.width) - 1) <= SAME_SHAPE ? "monitor" : "window";
}

/**
 * @param {MediaTrackSettings} settings of the track @param {{width: number, height: number}} video px
 * @param {import("../geometry.js").ScreenLayout} layout @param {number} innerWidth of the window, CSS px @returns {Source}
 */
export function sourceOf(settings, video, layout, innerWidth) {
  if (surfaceOf(settings, layout) === "browser") return { x: 0, y: 0, pxPerPx: video.width / innerWidth };
  const perScreenPx = video.width / layout.width;
  return { x: layout.viewport.x * perScreenPx, y: layout.viewport.y * perScreenPx, pxPerPx: perScreenPx * layout.scale };
}
