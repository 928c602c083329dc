/** What stands between a page and the camera, in plain words. Pure but for `problemSteps`. */
import { h } from "./dom.js";

/**
 * @typedef {{name: string, title: string, steps: string[]}} CameraProblem
 * @type {Record<string, {title: string, steps: string[]}>}
 */
const PROBLEMS = {
  NotAllowedError: {
    title: "The camera is blocked for this page",
    steps: [
      "Press the camera or lock symbol beside the address and set Camera to Allow.",
      "On a Mac or in Windows, also check that the browser itself may use the camera (privacy settings of the system).",
      "Then press Try again.",
    ],
  },
  NotFoundError: {
    title: "No camera was found",
    steps: [
      "Plug a webcam in, or switch the built-in one on (some laptops have a key or a shutter for it).",
      "In a remote desktop or virtual machine, pass the camera through to it.",
      "Then press Try again.",
    ],
  },
  NotReadableError: {
    title: "Another program is using the camera",
    steps: [
      "Close video calls, camera apps and other browser tabs that show your picture.",
      "If that does not help, unplug the camera and plug it in again, or restart the browser.",
      "Then press Try again.",
    ],
  },
  OverconstrainedError: {
    title: "The camera cannot do what the page asked for",
    steps: ["The camera chosen last time may be gone.", "Press Try again: the page will take any camera it finds."],
  },
  InsecureContextError: {
    title: "This address may not use the camera",
    steps: [
      "Browsers give the camera only to pages from this very machine (localhost) or over https.",
      "On the machine that runs Sightline, open the localhost address that the server printed.",
      "From another machine, put the server behind https.",
    ],
  },
  EndedError: {
    title: "The camera stopped",
    steps: ["It was unplugged, or another program took it.", "Plug it in again, then press Try again."],
  },
  DemoError: {
    title: "The demo person could not be loaded",
    steps: [
      "The pictures belong in the folder web/demo/person of this server; check that they are there.",
      "You can still use your own camera: leave the demo with the link below.",
    ],
  },
};

/** @param {unknown} error @returns {CameraProblem} */
export function explainCameraError(error) {
  const { name = "Error", message = "" } = /** @type {{name?: string, message?: string}} */ (error ?? {});
  const alias = { SecurityError: "NotAllowedError", AbortError: "NotReadableError", DevicesNotFoundError: "NotFoundError" };
  const known = PROBLEMS[/** @type {any} */ (alias)[name] ?? name];
  if (known) return { name, ...known };
  return { name, title: "The camera could not be started", steps: [message || name, "Press Try again, or restart the browser."] };
}

/** @param {{steps: string[]}} problem @returns {HTMLLIElement[]} what to do about it, for a numbered list */
export function problemSteps({ steps }) {
  return steps.map((step) => h("li", {}, step));
}
