/** The page's buttons and keys: which does what in which state. */
import { toggleFullScreen } from "../calibration/full-screen.js";
import { bindKeys } from "./keys.js";

/**
 * @param {{part: (id: string) => HTMLElement, views: import("./views.js").Views, notice: import("./notices.js").Notice,
 *   flow: import("./calibration-flow.js").CalibrationFlow, recordings: import("./recordings.js").RecordingsView,
 *   tracking: import("./tracking-view.js").TrackingView, startCamera: () => unknown, startDots: () => unknown,
 *   signal: AbortSignal}} options
 */
export function bindControls({ part, views, notice, flow, recordings, tracking, startCamera, startDots, signal }) {
  /** @type {Record<"recordings" | "positioning", import("./views.js").State>} where each was opened from */
  const from = { recordings: "welcome", positioning: "tracking" };
  const showRecordings = () => {
    notice.hide(); // it was about the view before
    if (views.state !== "recordings") from.recordings = views.state;
    views.show("recordings");
    return recordings.refresh();
  };
  const showSetup = () => {
    notice.hide();
    from.positioning = views.state;
    views.show("positioning");
  };
  const clicks = /** @type {[string, () => unknown][]} */ ([
    ["start", startCamera],
    ["try-again", startCamera],
    ["calibrate", startDots],
    ["show-setup", showSetup],
    ["back-to-gaze", () => views.show(from.positioning)],
    ["show-recordings", showRecordings],
    ["recordings-back", () => views.show(from.recordings)],
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
  bindKeys({
    signal,
    state: () => views.state,
    actions: {
      positioning: { " ": press("calibrate") },
      result: { " ": press("track"), r: press("again"), v: press("validate") },
      validation: { " ": press("track-validated"), r: press("recalibrate-validated") },
      tracking: {
        h: tracking.tools.toggle,
        c: tracking.tools.clear,
        s: tracking.tools.save,
        f: press("fullscreen"),
        r: press("recalibrate"),
        d: press("drift"),
        l: press("teach"),
        v: press("validate"),
      },
    },
  });
}
