/** The arrow keys over a stimulus. Pure. */

/** A step, and a fine one with Alt, as shares of the width. */
const STEP_SHARE = 0.01;
const FINE_SHARE = 0.001;
const ARROWS = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] });

/** @param {{key: string, altKey: boolean}} event @param {{width: number}} size of the stimulus, px @returns {{x: number, y: number} | null} null for other keys */
export function stepOf({ key, altKey }, { width }) {
  if (!Object.hasOwn(ARROWS, key)) return null;
  const step = (altKey ? FINE_SHARE : STEP_SHARE) * width;
  const [x, y] = ARROWS[key];
  return { x: x * step, y: y * step };
}
