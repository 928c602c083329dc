/** The screen's diagonal, told by the person, as millimetres for the server. Remembered on this machine. */

const REMEMBERED = "sightline.diagonal";
const MM_PER_INCH = 25.4;

/** @param {number} inches @param {{width: number, height: number}} px @returns {{widthMm: number, heightMm: number}} */
export function physicalSize(inches, px) {
  const mmPerPx = (inches * MM_PER_INCH) / Math.hypot(px.width, px.height);
  const round = (/** @type {number} */ value) => Math.round(value * 10) / 10;
  return { widthMm: round(px.width * mmPerPx), heightMm: round(px.height * mmPerPx) };
}

/**
 * @param {{input: HTMLElement, geometry: import("./geometry.js").ScreenGeometry, signal: AbortSignal}} options
 */
export function bindScreenSize({ input, geometry, signal }) {
  const field = /** @type {HTMLInputElement} */ (input);
  const apply = () => {
    const inches = field.valueAsNumber;
    const valid = field.validity.valid && Number.isFinite(inches);
    geometry.setPhysicalSize(valid ? physicalSize(inches, geometry.layout) : null);
  };
  try {
    field.value = localStorage.getItem(REMEMBERED) ?? "";
  } catch {
    // Storage is switched off: the person types it again next time.
  }
  field.addEventListener(
    "change",
    () => {
      try {
        localStorage.setItem(REMEMBERED, field.value);
      } catch {
        // As above.
      }
      apply();
    },
    { signal },
  );
  if (field.value) apply();
}
