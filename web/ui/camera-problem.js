/** Texts for the errors of a camera. Pure, except `problemSteps`. */
import { h } from "./dom.js";
import { CAMERA } from "./texts.js";

/** @typedef {import("./texts.js").ProblemText & {name: string}} CameraProblem */

/** @param {unknown} error @returns {CameraProblem} */
export function explainCameraError(error) {
  const { name = "Error", message = "" } = /** @type {{name?: string, message?: string}} */ (error ?? {});
  const alias = { SecurityError: "NotAllowedError", AbortError: "NotReadableError", DevicesNotFoundError: "NotFoundError" };
  const known = CAMERA.problems[/** @type {any} */ (alias)[name] ?? name];
  if (known) return { name, ...known };
  return { name, title: CAMERA.unknown, steps: [message || name, CAMERA.unknownStep] };
}

/** @param {{steps: string[]}} problem @returns {HTMLLIElement[]} what to do about it, for a numbered list */
export function problemSteps({ steps }) {
  return steps.map((step) => h("li", {}, step));
}
