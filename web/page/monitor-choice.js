/**
 * Which monitor is meant: the one that the window is on. Where the browser names several monitors and the person allows it,
 * a button for each moves the page there, in full screen. Elsewhere a text says what to do.
 */
import { h } from "../ui/dom.js";
import { MONITOR } from "./texts.js";

/**
 * What `getScreenDetails` gives (Window Management API, Chromium only).
 * @typedef {{label: string, width: number, height: number}} Monitor
 * @typedef {EventTarget & {screens: Monitor[], currentScreen: Monitor}} Monitors
 */

/** @param {{part: (id: string) => HTMLElement, announce: (text: string) => void, signal: AbortSignal}} options */
export function bindMonitorChoice({ part, announce, signal }) {
  const screen = /** @type {Screen & {isExtended?: boolean}} */ (window.screen);
  const { getScreenDetails } = /** @type {{getScreenDetails?: () => Promise<Monitors>}} */ (/** @type {unknown} */ (window));
  const [here, list, ask, problem] = ["monitor-here", "monitor-list", "list-monitors", "monitor-problem"].map(part);

  const showHere = () => {
    part("monitors").hidden = screen.isExtended === false; // there is one only
    here.textContent = MONITOR.here(screen.width, screen.height);
  };
  const explain = (/** @type {string} */ words) => {
    problem.textContent = words;
    announce(words);
  };
  const fill = async (/** @type {Monitor} */ monitor) => {
    try {
      await document.documentElement.requestFullscreen(/** @type {FullscreenOptions} */ ({ screen: monitor, navigationUI: "hide" }));
      explain(MONITOR.filled);
    } catch {
      explain(MONITOR.notFilled);
    }
  };
  const show = (/** @type {Monitors} */ monitors) => {
    const buttons = monitors.screens.map((monitor, index) => {
      const current = monitor === monitors.currentScreen;
      const words = MONITOR.name(monitor.label || MONITOR.numbered(index + 1), monitor.width, monitor.height, current);
      const onclick = () => void fill(monitor);
      return h("li", {}, h("button", { type: "button", className: "quiet small", ariaCurrent: String(current), onclick }, words));
    });
    list.replaceChildren(...buttons);
  };
  const open = async () => {
    try {
      const monitors = await /** @type {NonNullable<typeof getScreenDetails>} */ (getScreenDetails).call(window);
      show(monitors);
      for (const change of ["screenschange", "currentscreenchange"]) {
        monitors.addEventListener(change, () => show(monitors), { signal });
      }
      ask.hidden = true;
      /** @type {HTMLElement | null} */ (list.querySelector("button"))?.focus();
    } catch {
      explain(MONITOR.refused);
    }
  };

  ask.hidden = getScreenDetails === undefined;
  problem.textContent = ask.hidden ? MONITOR.unnamed : "";
  ask.addEventListener("click", () => void open(), { signal });
  window.addEventListener("resize", showHere, { signal });
  part("monitors").addEventListener("toggle", showHere, { signal }); // a window that was moved fires no event
  showHere();
}
