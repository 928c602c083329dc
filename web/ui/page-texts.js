/**
 * Writes the texts of a module into a page's HTML, which holds the structure only. A page calls this before all other
 * modules. Its style sheet hides the body until then, so no half-written page is seen, and the texts are there before a
 * screen reader reads the page.
 */
import { markKeys } from "./keys.js";

/** `data-text="A.b"` adds the text after what the element holds; `data-text-title="A.b"` sets its attribute `title`. */
const MARK = "data-text";

/** @param {Record<string, unknown>} texts the exports of text modules; a path such as `A.b` leads to a string */
export function showTexts(texts) {
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      if (name === MARK) element.append(textAt(texts, value));
      else if (name.startsWith(`${MARK}-`)) element.setAttribute(name.slice(MARK.length + 1), textAt(texts, value));
    }
  }
  markKeys(document.documentElement);
  document.documentElement.dataset.ready = "";
}

/** @param {Record<string, unknown>} texts @param {string} path @returns {string} */
export function textAt(texts, path) {
  const text = path.split(".").reduce((part, name) => /** @type {any} */ (part)?.[name], /** @type {unknown} */ (texts));
  if (typeof text !== "string") throw new Error(`no text ${path}`);
  return text;
}
