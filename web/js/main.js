/** Wires the parts; the rules are in their own modules. */
import { CalibrationFlow } from "./calibration-flow.js";
import { CameraSource } from "./camera.js";
import { CameraStage } from "./camera-stage.js";
import { ClickTeacher } from "./click-teacher.js";
import { Connection } from "./connection.js";
import { DemoEyes } from "./demo-eyes.js";
import { labelDemo, showDemoPerson } from "./demo-page.js";
import { DemoSource } from "./demo-source.js";
import { FrameEncoder } from "./frame-encoder.js";
import { toggleFullScreen } from "./full-screen.js";
import { GameOptions } from "./game-options.js";
import { ScreenGeometry } from "./geometry.js";
import { Heatmap } from "./heatmap.js";
import { bindHeatmapTools } from "./heatmap-tools.js";
import { bindKeys } from "./keys.js";
import { Notice, showConnection, showFaceState } from "./notices.js";
import { GazeOverlay } from "./overlay.js";
import { PositioningView } from "./positioning.js";
import { ProfileMenu } from "./profiles.js";
import { Recorder } from "./recorder.js";
import { RecordingsView } from "./recordings.js";
import { ResultCard } from "./result-card.js";
import { bindScreenSize } from "./screen-size.js";
import { Stats } from "./stats.js";
import { StreamLink } from "./stream-link.js";
import { ValidationCard } from "./validation-card.js";
import { Views } from "./views.js";

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const part = (id) => /** @type {T} */ (document.getElementById(id));

const demo = new URLSearchParams(window.location.search).has("demo");
const abort = new AbortController();
const { signal } = abort;

const socketUrl = new URL("/v1/camera", window.location.href);
socketUrl.protocol = socketUrl.protocol === "https:" ? "wss:" : "ws:";

const views = new Views({ live: part("live") });
const { announce } = views;
const notice = new Notice(part("notice"));
const geometry = new ScreenGeometry();
const connection = new Connection({ url: socketUrl.href });
const video = /** @type {HTMLVideoElement} */ (part("preview"));
const encoder = new FrameEncoder({ video, connection });
const positioning = new PositioningView({
  root: /** @type {HTMLElement} */ (document.querySelector(".positioning")),
  start: part("calibrate"),
  announce,
});
const overlay = new GazeOverlay({ dot: part("gaze-dot"), error: part("error"), geometry });
const heatmap = new Heatmap({ canvas: /** @type {HTMLCanvasElement} */ (part("heatmap")), geometry });
const stats = new Stats({ fps: part("fps"), latency: part("latency") });
const streamLink = new StreamLink({ root: part("stream"), announce });
/** @type {DemoSource | null} */
let demoPerson = null;
const eyes = demo ? new DemoEyes({ geometry, knownPoints: () => demoPerson?.knownPoints ?? [] }) : null;
const stage = new CameraStage({
  video,
  views,
  makeSource: () => {
    if (!eyes) return new CameraSource();
    demoPerson = new DemoSource({ folder: "demo/person", lookAt: (now) => eyes.lookAt(now) });
    return demoPerson;
  },
});
const profiles = new ProfileMenu({
  root: part("profiles"),
  connection,
  screen: () => `${geometry.layout.width}x${geometry.layout.height}`,
  camera: () => stage.label,
  tell: (text) => notice.show(text),
  announce,
});
const flow = new CalibrationFlow({
  mount: part("game"),
  connection,
  geometry,
  views,
  notice,
  result: new ResultCard({ root: /** @type {HTMLElement} */ (document.querySelector(".result")) }),
  validation: new ValidationCard({ root: part("validation"), announce }),
  options: new GameOptions({
    root: part("plan"), sound: /** @type {HTMLInputElement} */ (part("sound")), hint: part("calibrate-hint"), signal,
  }),
  user: () => profiles.user,
  sendGeometry: () => sendGeometry(),
  signal,
});
const teacher = new ClickTeacher({
  toggle: part("teach"),
  count: part("teach-count"),
  connection,
  geometry,
  active: () => views.state === "tracking",
  announce,
});
const recorder = new Recorder({
  root: part("record-options"), lamp: part("record-lamp"), connection, notice, announce,
});
const recordings = new RecordingsView({ root: part("recordings"), token: () => token, announce });
const tools = bindHeatmapTools({ heatmap, clear: () => clearHeatmap(), part, announce, signal });

let session = "";
let token = "";
/** @type {import("./views.js").State} where "Recordings" was opened from */
let before = "welcome";

const sendGeometry = () => connection.send(geometry.message(stage.hfovDeg, stage.label));

async function startCamera() {
  if (!(await stage.open())) return;
  positioning.reset();
  views.show("positioning");
  connection.open();
  sendGeometry();
  if (demo) showDemoPerson({ part, stream: video.srcObject });
}

function startDots() {
  recorder.startIfWanted();
  return flow.calibrate();
}

function showRecordings() {
  if (views.state !== "recordings") before = views.state;
  views.show("recordings");
  return recordings.refresh();
}

function clearHeatmap() {
  heatmap.clear();
  connection.send({ type: "heatmap_clear" });
}

function track() {
  clearHeatmap();
  views.show("tracking");
}

/** @param {any} message */
function onMessage(message) {
  switch (message.type) {
    case "hello":
      if (flow.calibrated && session && session !== message.session) {
        notice.show("The connection was new, so the calibration is gone. Press R to calibrate again.");
      }
      session = message.session;
      token = message.token;
      recorder.reset();
      encoder.reset();
      streamLink.show(session, message.token);
      sendGeometry();
      void profiles.refresh(message.token);
      break;
    case "gaze":
      encoder.faceSeen(message.face?.box ?? null);
      stats.add(message);
      if (views.state === "positioning") positioning.update(message);
      if (views.state === "tracking") {
        overlay.update(message);
        heatmap.add(message);
        showFaceState(message.status, part("face-state"), part("face-words"));
        flow.onStatus(message.status);
      } else {
        overlay.hide(); // the last dot of tracking must not lie on another view
      }
      break;
    case "calibration":
      if (message.state === "loaded") flow.showReport(message.report, null, true);
      // Another program asks for the game (Open Gaze API, PROTOCOL.md section 7).
      else if (message.state === "requested" && !flow.running) void flow.calibrate();
      else if (message.state === "saved") notice.show("Kept for next time.");
      break;
    case "record":
      recorder.onMessage(message);
      break;
    case "click":
      teacher.onMessage(message);
      break;
    case "error":
      // What the game asked for, it answers for itself.
      if (!String(message.request_id ?? "").startsWith("game-")) notice.show(message.message ?? "The server reported an error.");
      break;
  }
}

connection.addEventListener("message", (event) => onMessage(/** @type {CustomEvent} */ (event).detail), { signal });
connection.addEventListener(
  "state",
  (event) => {
    const state = /** @type {CustomEvent} */ (event).detail;
    showConnection(state, part("connection"));
    if (state.name !== "open") overlay.hide();
    if (state.name === "waiting") flow.cancel();
  },
  { signal },
);
geometry.addEventListener("change", sendGeometry, { signal });
const clicks = /** @type {[string, () => unknown][]} */ ([
  ["start", startCamera],
  ["try-again", startCamera],
  ["calibrate", startDots],
  ["show-recordings", showRecordings],
  ["recordings-back", () => views.show(before)],
  ["again", () => flow.calibrate()],
  ["recalibrate", () => flow.calibrate()],
  ["validate", () => flow.validate()],
  ["validate-again", () => flow.validate()],
  ["check-profile", () => flow.validate({ check: true })],
  ["drift", () => flow.drift()],
  ["track-validated", track],
  ["recalibrate-validated", () => flow.calibrate()],
  ["track", track],
  ["fullscreen", toggleFullScreen],
]);
for (const [id, action] of clicks) part(id).addEventListener("click", () => void action(), { signal });

bindKeys({
  signal,
  state: () => views.state,
  actions: {
    positioning: { " ": () => part("calibrate").click() },
    result: { " ": () => part("track").click(), r: () => part("again").click(), v: () => part("validate").click() },
    validation: { " ": () => part("track-validated").click(), r: () => part("recalibrate-validated").click() },
    tracking: {
      h: tools.toggle,
      c: tools.clear,
      s: tools.save,
      f: () => part("fullscreen").click(),
      r: () => part("recalibrate").click(),
      d: () => part("drift").click(),
      l: () => part("teach").click(),
      v: () => part("validate").click(),
    },
  },
});
window.addEventListener(
  "pagehide",
  () => {
    abort.abort();
    for (const owned of [encoder, stage, connection, flow, teacher, recorder, recordings, heatmap, stats, streamLink, profiles, geometry, eyes]) owned?.destroy();
  },
  { signal },
);

// A page that comes back from the browser's cache has given everything away.
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());

bindScreenSize({ part, geometry, announce, signal });
stage.bindChoice({ select: part("camera-select"), field: part("camera-field"), restart: startCamera, signal });
encoder.start();
if (demo) labelDemo(part);
