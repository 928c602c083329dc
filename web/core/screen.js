/**
 * What a window knows of its screen without a pointer event: the screen's corner on the desktop, the page zoom, and whether the
 * page covers the screen. Pure.
 */

/** The borders of a window, both sides together. */
const BORDERS_PX = 16;
/** Less than the smallest step of the page zoom, which is a tenth. */
const BELOW_A_ZOOM_STEP = 0.04;

/**
 * The screen's corner in desktop coordinates: (0, 0) on the first monitor. `known`: it is not a guess.
 *
 * Bars and docks lie at the screen's edges, so the corner is at most as far from the available area as the bars are wide.
 * Screens do not overlap: if the corner may be (0, 0), it is, because any other monitor begins beyond the first one. On another
 * monitor with bars, the corner is a guess.
 * @param {any} screen window.screen @returns {{x: number, y: number, known: boolean}}
 */
export function screenCorner(screen) {
  if (screen.isExtended === false) return { x: 0, y: 0, known: true };
  if (typeof screen.left === "number") return { x: screen.left, y: screen.top ?? 0, known: true };
  const axes = [
    cornerRange(screen.availLeft, screen.availWidth, screen.width),
    cornerRange(screen.availTop, screen.availHeight, screen.height),
  ];
  const mayBeZero = axes.map(({ low, high }) => low <= 0 && high >= 0);
  if (mayBeZero.every(Boolean)) return { x: 0, y: 0, known: true };
  const [x, y] = axes.map(({ high }, axis) => (mayBeZero[axis] ? 0 : high));
  return { x, y, known: axes.every(({ low, high }) => high - low <= 1) };
}

/** @param {number | undefined} avail availLeft or availTop @param {number} availSize @param {number} size of the screen */
function cornerRange(avail = 0, availSize, size) {
  return { low: Math.min(avail, avail + availSize - size), high: avail };
}

/**
 * Whether a page px is known to be a screen px. With another page zoom, the window's inside is not as wide as its outside. A
 * frame does not know the inside of its window.
 * @param {{outerWidth: number, innerWidth: number, devicePixelRatio: number, top?: unknown, window?: unknown}} view a window
 */
export function isUnzoomed({ outerWidth, innerWidth, devicePixelRatio, top, window: own }) {
  if (top !== own) return devicePixelRatio === 1;
  const borders = outerWidth - innerWidth;
  if (borders < -1) return false;
  return devicePixelRatio === 1 || borders <= Math.min(BORDERS_PX, BELOW_A_ZOOM_STEP * innerWidth);
}

/**
 * Whether the page covers the screen: by its own request, by the browser's key F11, of which a page is not informed, or in
 * a window without borders. The origin is then zero, also if a pointer event gives another one.
 * @param {{fullscreen: boolean, screen: {width: number, height: number}, outerWidth: number, outerHeight: number,
 *   innerWidth: number, innerHeight: number}} view
 * @param {number | null} scale screen px in a page px; null if it is not known
 */
export function coversScreen({ fullscreen, screen, outerWidth, outerHeight, innerWidth, innerHeight }, scale) {
  if (fullscreen) return true;
  if (scale !== null) return innerWidth * scale >= screen.width - 1 && innerHeight * scale >= screen.height - 1;
  // The window is as large as the screen, and its inside has the same shape, so it has no bars.
  const [across, down] = [outerWidth / innerWidth, outerHeight / innerHeight];
  return outerWidth >= screen.width - 1 && outerHeight >= screen.height - 1 && Math.abs(across - down) < 0.01 * across;
}
