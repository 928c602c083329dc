/** Texts for the errors of a camera, and what solves each of them. Pure, except `problemSteps` and `showCameraProblem`. */
import { h } from "./dom.js";
import { CAMERA } from "./texts.js";

/**
 * @typedef {import("./texts.js").ProblemText & {name: string, retry: boolean, link: {href: string, words: string} | null}} CameraProblem
 *   retry: whether another try may succeed; link: an address that solves the problem
 */

const ALIASES = /** @type {Record<string, string>} */ ({
  SecurityError: "NotAllowedError", AbortError: "NotReadableError", DevicesNotFoundError: "NotFoundError",
  TrackStartError: "NotReadableError", PermissionDeniedError: "NotAllowedError", ConstraintNotSatisfiedError: "OverconstrainedError",
});
/** Chromium says in the message who has refused. */
const REFUSED_BY = /** @type {[RegExp, string][]} */ ([[/dismissed/i, "DismissedError"], [/by system/i, "SystemError"]]);

/** @param {unknown} error @param {{href: string}} [location] of the page @returns {CameraProblem} */
export function explainCameraError(error, { href } = window.location) {
  const { name = "Error", message = "" } = /** @type {{name?: string, message?: string}} */ (error ?? {});
  const kind = ALIASES[name] ?? name;
  const cause = kind === "NotAllowedError" ? (REFUSED_BY.find(([words]) => words.test(message))?.[1] ?? kind) : kind;
  const known = CAMERA.problems[cause] ?? { title: CAMERA.unknown, steps: [message || name, CAMERA.unknownStep] };
  const links = /** @type {Record<string, () => {href: string, words: string}>} */ ({
    InsecureContextError: () => ({ href: onThisMachine(href), words: CAMERA.openHere(new URL(onThisMachine(href)).host) }),
    FrameError: () => ({ href, words: CAMERA.openAlone }),
  });
  const retry = !["InsecureContextError", "UnsupportedError", "FrameError"].includes(cause);
  return { name, ...known, retry, link: links[cause]?.() ?? null };
}

/** The page's address on the machine that it comes from, where a browser allows the camera. @param {string} href */
function onThisMachine(href) {
  const url = new URL(href);
  url.protocol = "http:";
  url.hostname = "localhost";
  return url.href;
}

/** @param {{steps: string[]}} problem @returns {HTMLLIElement[]} what to do about it, for a numbered list */
export function problemSteps({ steps }) {
  return steps.map((step) => h("li", {}, step));
}

/**
 * Shows a problem in the elements that the page has for it: title, name, steps, the button for another try, a link.
 * @param {ReturnType<typeof explainCameraError>} problem @param {(id: string) => HTMLElement} part
 */
export function showCameraProblem(problem, part) {
  part("problem-title").textContent = problem.title;
  part("problem-name").textContent = problem.name;
  part("problem-steps").replaceChildren(...problemSteps(problem));
  part("try-again").hidden = !problem.retry;
  const link = /** @type {HTMLAnchorElement} */ (part("problem-link"));
  link.hidden = problem.link === null;
  link.href = problem.link?.href ?? "";
  link.textContent = problem.link?.words ?? "";
  link.target = problem.name === "FrameError" ? "_blank" : "";
}
