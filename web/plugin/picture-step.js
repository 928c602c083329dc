/** The step in which the person allows a picture of the page, or does not. */
import { h, icon } from "../ui/dom.js";
import { PAGE_PICTURE } from "../ui/texts.js";
import { DESCRIPTION } from "./dialog.js";
import { PICTURE } from "./texts.js";

/**
 * @param {import("./dialog.js").Dialog} dialog
 * @param {{server: string, share: () => Promise<void>}} options server: where the picture goes, in words; share: has the browser ask,
 *   and rejects with a text for people
 * @returns {Promise<void>} when the person has chosen
 */
export function askPicture(dialog, { server, share }) {
  return new Promise((resolve, reject) => {
    const possible = Boolean(/** @type {any} */ (navigator.mediaDevices)?.getDisplayMedia);
    const problem = h("p", { className: "failed", hidden: possible }, PAGE_PICTURE.problems.unsupported);
    const allow = h("button", { className: "primary", type: "button", autofocus: true, hidden: !possible }, PAGE_PICTURE.share);
    const go = h("button", { className: possible ? "quiet" : "primary", type: "button", onclick: () => resolve() }, possible ? PAGE_PICTURE.without : PICTURE.on);
    allow.addEventListener("click", async () => {
      allow.disabled = true;
      try {
        await share();
        resolve();
      } catch (error) {
        problem.textContent = /** @type {Error} */ (error).message;
        problem.hidden = false;
        allow.disabled = false;
        allow.focus();
        dialog.announce(problem.textContent);
      }
    });
    const point = (/** @type {string} */ name, /** @type {string} */ words) => h("li", {}, icon(name), h("span", {}, words));
    const content = h(
      "div",
      { className: "step consent" },
      h("h2", {}, PAGE_PICTURE.title),
      h(
        "ul",
        { className: "points", id: DESCRIPTION },
        point("eye", PAGE_PICTURE.why),
        point("camera", PAGE_PICTURE.how),
        point("lock", PICTURE.goes(server)),
      ),
      problem,
      h("div", { className: "actions" }, allow, go),
    );
    dialog.show(content, { label: PAGE_PICTURE.title, onKey: (key) => key === "Escape" && resolve() }).catch(reject);
  });
}
