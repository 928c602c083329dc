/** Wires the parts; the rules are in their own modules. */
import { CalibrationGame } from "./calibration.js";
import { CameraSource } from "./camera.js";
import { CameraStage } from "./camera-stage.js";
import { Connection } from "./connection.js";
import { DemoEyes } from "./demo-eyes.js";
import { labelDemo, showDemoPerson } from "./demo-page.js";
import { DemoSource } from "./demo-source.js";
import { FrameEncoder } from "./frame-encoder.js";
import { enterFullScreen, leaveFullScreen, toggleFullScreen } from "./full-screen.js";
import { ScreenGeometry } from "./geometry.js";
import { Heatmap } from "./heatmap.js";
import { bindHeatmapTools } from "./heatmap-tools.js";
import { bindKeys } from "./keys.js";
import { Notice, showConnection, showFaceState } from "./notices.js";
import { GazeOverlay } from "./overlay.js";
import { PositioningView } from "./positioning.js";
import { ProfileMenu } from "./profiles.js";
import { ResultCard } from "./result-card.js";
import { bindScreenSize } from "./screen-size.js";
import { Stats } from "./stats.js";
import { StreamLink } from "./stream-link.js";
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
const game = new CalibrationGame({
  connection,
  geometry,
  dot: part("target"),
  words: part("game-words"),
  progress: part("game-progress"),
  announce,
});
const result = new ResultCard({ root: /** @type {HTMLElement} */ (document.querySelector(".result")) });
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
  announce,
});
const tools = bindHeatmapTools({ heatmap, clear: () => clearHeatmap(), part, announce, signal });

let calibrated = false;
let session = "";

const sendGeometry = () => connection.send(geometry.message(stage.hfovDeg));

async function startCamera() {
  if (!(await stage.open())) return;
  positioning.reset();
  views.show("positioning");
  connection.open();
  sendGeometry();
  if (demo) showDemoPerson({ part, stream: video.srcObject });
}

async function startGame() {
  notice.hide();
  overlay.hide();
  views.show("calibrating");
  await enterFullScreen();
  sendGeometry();
  await game.start({ user: profiles.user });
}

/** @param {any} report */
function showResult(report) {
  calibrated = true;
  result.show(report, geometry.layout);
  void leaveFullScreen();
  views.show("result");
  announce(`Calibrated. Off by about ${part("result-median").textContent} pixels.`);
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
      if (game.running) game.cancel();
      if (calibrated && session && session !== message.session) {
        notice.show("The connection was new, so the calibration is gone. Press R to calibrate again.");
      }
      session = message.session;
      encoder.reset();
      streamLink.show(session, message.token);
      sendGeometry();
      void profiles.refresh(message.token);
      break;
    case "gaze":
      encoder.faceSeen(message.face?.box ?? null);
      stats.add(message);
      game.onGaze(message);
      if (views.state === "positioning") positioning.update(message);
      if (views.state === "tracking") {
        overlay.update(message);
        heatmap.add(message);
        showFaceState(message.status, part("face-state"), part("face-words"));
      }
      break;
    case "calibration":
      game.onMessage(message);
      if (message.state === "loaded") showResult(message.report);
      else if (message.state === "saved") notice.show("Kept for next time.");
      break;
    case "error":
      notice.show(message.message ?? "The server reported an error.");
      if (game.running) game.cancel();
      break;
  }
}

function leaveGame() {
  void leaveFullScreen();
  views.show(calibrated ? "tracking" : "positioning");
}

connection.addEventListener("message", (event) => onMessage(/** @type {CustomEvent} */ (event).detail), { signal });
connection.addEventListener(
  "state",
  (event) => {
    const state = /** @type {CustomEvent} */ (event).detail;
    showConnection(state, part("connection"));
    if (state.name !== "open") overlay.hide();
    if (state.name === "waiting" && game.running) game.cancel();
  },
  { signal },
);
geometry.addEventListener("change", sendGeometry, { signal });
game.addEventListener("fitting", () => views.show("fitting"), { signal });
game.addEventListener("cancelled", leaveGame, { signal });
game.addEventListener(
  "failed",
  (event) => {
    leaveGame();
    notice.show(/** @type {CustomEvent} */ (event).detail);
  },
  { signal },
);
game.addEventListener("done", (event) => showResult(/** @type {CustomEvent} */ (event).detail), { signal });

const clicks = /** @type {[string, () => unknown][]} */ ([
  ["start", startCamera],
  ["try-again", startCamera],
  ["calibrate", startGame],
  ["again", startGame],
  ["recalibrate", startGame],
  ["track", track],
  ["fullscreen", toggleFullScreen],
]);
for (const [id, action] of clicks) part(id).addEventListener("click", () => void action(), { signal });

bindKeys({
  signal,
  state: () => views.state,
  actions: {
    positioning: { " ": () => part("calibrate").click() },
    calibrating: { " ": () => game.skip(), Escape: () => game.cancel() },
    fitting: { Escape: () => game.cancel() },
    result: { " ": () => part("track").click(), r: () => part("again").click() },
    tracking: {
      h: tools.toggle,
      c: tools.clear,
      s: tools.save,
      f: () => part("fullscreen").click(),
      r: () => part("recalibrate").click(),
    },
  },
});
document.addEventListener(
  "fullscreenchange",
  () => {
    // Esc leaves full screen without a key event; in the game it means stop.
    if (!document.fullscreenElement && game.running && views.state === "calibrating") game.cancel();
  },
  { signal },
);
window.addEventListener(
  "pagehide",
  () => {
    abort.abort();
    for (const owned of [encoder, stage, connection, game, heatmap, stats, streamLink, profiles, geometry, eyes]) owned?.destroy();
  },
  { signal },
);

// A page that comes back from the browser's cache has given everything away.
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());

bindScreenSize({ input: part("diagonal"), geometry, signal });
stage.bindChoice({ select: part("camera-select"), field: part("camera-field"), restart: startCamera, signal });
encoder.start();
if (demo) labelDemo(part);
