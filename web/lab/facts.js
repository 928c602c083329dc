/** Facts about a recording in one line, which breaks between facts only. */
import { h } from "../ui/dom.js";

/** @param {readonly string[]} facts @returns {(Node | string)[]} */
export function inOneLine(facts) {
  return facts.flatMap((fact, i) => [...(i ? [" · "] : []), h("span", { className: "fact" }, fact)]);
}
