/** Measuring the screen with a bank card, for degrees: the page's own outline, in the plugin's dialog. */
import { CardOutline } from "../ui/card-outline.js";
import { ScreenSize } from "../ui/screen-size.js";
import { h } from "../ui/dom.js";

const HINT =
  "Hold a bank card flat to the screen, its upper left corner on that of the outline. Then drag the outline, or use the " +
  "slider or the arrow keys, until it ends where the card ends. A driving licence is as large.";

/**
 * What is known of the screen's size, and a way to measure it.
 * @param {{geometry: import("../core/geometry.js").ScreenGeometry, announce: (text: string) => void, signal: AbortSignal}} options
 * @returns {HTMLElement} for the step in which the person sits down
 */
export function screenSizeNote({ geometry, announce, signal }) {
  const size = new ScreenSize({ geometry, signal });
  const [words, why] = [h("span"), h("span")];
  const show = () => {
    words.textContent = size.words;
    why.textContent = size.words ? "" : " to get degrees, too.";
  };
  show();
  const button = (/** @type {string} */ act, /** @type {string} */ text, /** @type {object} */ more = {}) =>
    h("button", { type: "button", className: act === "done" ? "primary" : "quiet", "data-act": act, ...more }, text);
  const root = h(
    "dialog",
    { id: "card-dialog", ariaLabel: "Measure the screen" },
    h(
      "form",
      { method: "dialog" },
      h("h2", {}, "Make the outline as large as a bank card"),
      h("p", { className: "hint" }, HINT),
      h("div", { className: "card-outline", "aria-hidden": "true" }),
      h(
        "div",
        { className: "card-size" },
        button("smaller", "\u2212", { ariaLabel: "A little smaller" }),
        h("input", { type: "range", ariaLabel: "Size of the outline" }),
        button("larger", "+", { ariaLabel: "A little larger" }),
      ),
      h("output"),
      h("div", { className: "actions" }, button("done", "It matches"), button("cancel", "Cancel")),
    ),
  );
  // Its keys are its own: Escape closes it, and not the step behind it.
  root.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
  const outline = new CardOutline({
    root,
    describe: (longSidePx) => size.describe(longSidePx),
    done: (longSidePx) => {
      size.setCard(longSidePx);
      show();
      announce(size.words);
    },
    signal,
  });
  const measure = h("button", { type: "button", className: "link" }, "Measure the screen with a bank card");
  measure.addEventListener("click", () => outline.open(size.cardPx), { signal });
  return h("p", { className: "fine" }, words, " ", measure, why, root);
}
