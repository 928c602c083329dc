/** The page's buttons and keys, and their effect in each state. */
import { toggleFullScreen } from "../calibration/full-screen.js";

/**
 * @param {{part: (id: string) => HTMLElement, page: import("./state.js").PageState, notice: import("./notices.js").Notice,
 *   flow: import("./calibration-flow.js").CalibrationFlow, recordings: import("./recordings.js").RecordingsView,
 *   tracking: import("./tracking-view.js").TrackingView, startCamera: () => unknown, startDots: () => unknown,
 *   signal: AbortSignal}} options
 */
export function bindControls({ part, page, notice, flow, recordings, tracking, startCamera, startDots, signal }) {
  const showRecordings = () => {
    notice.hide(); // it belongs to the earlier view
    page.on("recordings pressed");
    return recordings.refresh();
  };
  const showSetup = () => {
    notice.hide();
    page.on("set-up pressed");
  };
  const back = () => page.on("back pressed");
  const help = /** @type {HTMLDialogElement} */ (part("help"));
  const showHelp = () => flow.running || help.showModal(); // the dots must stay visible
  const clicks = /** @type {[string, () => unknown][]} */ ([
    ["start", startCamera],
    ["try-again", startCamera],
    ["calibrate", startDots],
    ["show-setup", showSetup],
    ["back-to-gaze", back],
    ["show-recordings", showRecordings],
    ["recordings-back", back],
    ["show-help", showHelp],
    ["show-help-here", showHelp],
    ["again", () => flow.calibrate()],
    ["recalibrate", () => flow.calibrate()],
    ["validate", () => flow.validate()],
    ["validate-again", () => flow.validate()],
    ["check-profile", () => flow.validate({ check: true })],
    ["drift", () => flow.drift()],
    ["track-validated", () => tracking.show()],
    ["recalibrate-validated", () => flow.calibrate()],
    ["track", () => tracking.show()],
    ["fullscreen", toggleFullScreen],
  ]);
  for (const [id, action] of clicks) part(id).addEventListener("click", () => void action(), { signal });
  const press = (/** @type {string} */ id) => () => part(id).click();
  // The recommended button: a calibration of no use is made again.
  const next = (/** @type {string} */ view) => () => /** @type {HTMLElement | null} */ (document.querySelector(`.${view} .primary`))?.click();
  bindKeys({
    signal,
    state: () => page.now,
    everywhere: { "?": showHelp },
    actions: {
      positioning: { " ": press("calibrate") },
      result: { " ": next("result"), r: press("again"), v: press("validate") },
      validation: { " ": next("validation"), r: press("recalibrate-validated") },
      tracking: {
        h: tracking.tools.toggle,
        c: tracking.tools.clear,
        s: tracking.tools.save,
        f: press("fullscreen"),
        r: press("recalibrate"),
        d: press("drift"),
        l: press("teach"),
        v: press("validate"),
        p: press("pause"),
        o: press("camera-off"),
        i: press("toggle-picture"),
        g: press("show-display"),
        b: press("fold-bar"),
      },
    },
  });
}

/**
 * @param {{signal: AbortSignal, state: () => string, everywhere: Record<string, () => unknown>,
 *   actions: Record<string, Record<string, () => unknown>>}} options  everywhere: the keys that do not depend on the state
 */
function bindKeys({ signal, state, everywhere, actions }) {
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (document.querySelector("dialog[open]")) return; // the page behind a dialog takes no keys
      const target = /** @type {HTMLElement} */ (event.target);
      if (target.matches?.("input, select, textarea")) return;
      // Space on a focused button, link or summary presses it.
      if (event.key === " " && target.matches?.("button, a, summary")) return;
      const keys = { ...everywhere, ...actions[state()] };
      const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!action) return;
      event.preventDefault();
      action();
    },
    { signal },
  );
}
