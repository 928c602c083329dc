/**
 * The colours of a heat map and of a focus map: of the time of fixation near each place, which the server computes. Pure.
 *
 * @typedef {import("../server.js").Heat} Heat
 */

/** From short to long. Each step of `light` is lighter than the one before: it can be read without colours, and in grey. */
export const SCALES = /** @type {Record<string, [number, number, number][]>} */ ({
  warm: [[37, 52, 148], [44, 127, 184], [65, 182, 196], [127, 205, 123], [247, 208, 56], [242, 118, 46], [224, 38, 60]],
  light: [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]],
});
/** Below this share of the scale's end, a place fades to transparent. */
const FADE_SHARE = 0.25;
/** Below this share, nothing is drawn. */
const LEAST_SHARE = 0.004;

/** @param {string} scale @param {number} share 0..1 @returns {[number, number, number]} */
export function colourAt(scale, share) {
  const steps = SCALES[scale];
  const at = Math.min(0.9999, Math.max(0, share)) * (steps.length - 1);
  const [a, b] = [steps[Math.floor(at)], steps[Math.floor(at) + 1]];
  return /** @type {[number, number, number]} */ (a.map((value, i) => Math.round(value + (at % 1) * (b[i] - value))));
}

/**
 * @param {Heat} heat @param {{scale: string, opacity: number, endMs: number}} options endMs: the end of the scale; longer times
 *   have its last colour
 * @returns {Uint8ClampedArray} RGBA
 */
export function heatPixels({ values }, { scale, opacity, endMs }) {
  return pixelsOf(values, endMs, (share) =>
    share < LEAST_SHARE ? [0, 0, 0, 0] : [...colourAt(scale, share), 255 * opacity * Math.min(1, share / FADE_SHARE)],
  );
}

/** @param {Heat} heat @param {{opacity: number, endMs: number}} options @returns {Uint8ClampedArray} RGBA: dark where no person looked */
export function focusPixels({ values }, { opacity, endMs }) {
  // The square root shows places with little time as well.
  return pixelsOf(values, endMs, (share) => [0, 0, 0, 255 * opacity * (1 - Math.sqrt(Math.min(1, share)))]);
}

/** @param {readonly number[]} values @param {number} endMs @param {(share: number) => number[]} colour */
function pixelsOf(values, endMs, colour) {
  const pixels = new Uint8ClampedArray(4 * values.length);
  values.forEach((value, i) => pixels.set(colour(endMs > 0 ? value / endMs : 0), 4 * i));
  return pixels;
}

/**
 * Makes a coarse map larger and smooth. A browser that enlarges a small picture shows its pixels as diamonds.
 * @param {Heat} heat @param {number} factor @returns {Heat}
 */
export function enlarged(heat, factor) {
  const [width, height] = [heat.width * factor, heat.height * factor];
  const values = new Array(width * height);
  const value = (/** @type {number} */ row, /** @type {number} */ column) =>
    heat.values[Math.max(0, Math.min(heat.height - 1, row)) * heat.width + Math.max(0, Math.min(heat.width - 1, column))];
  for (let r = 0; r < height; r += 1) {
    const y = (r + 0.5) / factor - 0.5;
    const [row, down] = [Math.floor(y), y - Math.floor(y)];
    for (let c = 0; c < width; c += 1) {
      const x = (c + 0.5) / factor - 0.5;
      const [column, across] = [Math.floor(x), x - Math.floor(x)];
      const upper = value(row, column) * (1 - across) + value(row, column + 1) * across;
      const lower = value(row + 1, column) * (1 - across) + value(row + 1, column + 1) * across;
      values[r * width + c] = upper * (1 - down) + lower * down;
    }
  }
  return { ...heat, width, height, values };
}
