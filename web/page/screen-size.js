/** The page's fields for the size of the screen: the diagonal, or a measurement with a bank card. */
import { fill } from "../ui/dom.js";
import { ScreenSize } from "../ui/screen-size.js";

/**
 * @param {{part: (id: string) => HTMLElement, geometry: import("../core/geometry.js").ScreenGeometry,
 *   announce: (text: string) => void, signal: AbortSignal}} options
 */
export function bindScreenSize({ part, geometry, announce, signal }) {
  const size = new ScreenSize({ geometry, signal });
  const field = /** @type {HTMLInputElement} */ (part("diagonal"));
  const words = part("screen-size");
  const show = () => {
    if (words.textContent === size.words) return; // geometry also changes with each move of the window
    fill(words, size.words);
  };
  const measured = () => {
    field.value = "";
    show();
    announce(size.words);
  };
  const dialog = size.cardDialog({ measured, signal });
  document.body.append(dialog.element);
  part("measure-screen").addEventListener("click", dialog.open, { signal });
  field.value = size.diagonal;
  field.addEventListener(
    "change",
    () => {
      size.setDiagonal(field.value);
      show();
    },
    { signal },
  );
  geometry.addEventListener("change", show, { signal });
  show();
}
