/** Wires the parts; the rules are in their own modules. */
import { CalibrationFlow } from "./calibration-flow.js";
import { CameraSource } from "../core/camera.js";
import { CameraStage } from "./camera-stage.js";
import { Connection } from "../core/connection.js";
import { bindControls } from "./controls.js";
import { DemoEyes } from "./demo-eyes.js";
import { labelDemo, showDemoPerson } from "./demo-page.js";
import { DemoSource } from "../core/demo-source.js";
import { FrameEncoder } from "../core/frame-encoder.js";
import { GameOptions } from "./game-options.js";
import { askedByGame } from "../calibration/server-talk.js";
import { ScreenGeometry } from "../core/geometry.js";
import { KeepForm, RESUME } from "./keep-form.js";
import { Notice, showConnection } from "./notices.js";
import { PositioningView } from "../ui/positioning.js";
import { ProfileMenu } from "./profiles.js";
import { Recorder } from "./recorder.js";
import { RecordingsView } from "./recordings.js";
import { ResultCard } from "../ui/result-card.js";
import { bindScreenSize } from "../ui/screen-size.js";
import { StreamLink } from "./stream-link.js";
import { TrackingView } from "./tracking-view.js";
import { ValidationCard } from "../ui/validation-card.js";
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
const tracking = new TrackingView({ part, views, geometry, connection });
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
  root: /** @type {HTMLElement} */ (document.querySelector(".positioning")),
  screen: () => `${geometry.layout.width}x${geometry.layout.height}`,
  camera: () => stage.label,
  tell: (text) => notice.show(text),
  announce,
});
const keep = new KeepForm({
  root: part("keep"), connection, taken: () => profiles.here.map((profile) => profile.user),
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
    root: part("plan"),
    sound: /** @type {HTMLInputElement} */ (part("sound")),
    hint: part("calibrate-hint"),
    search: window.location.search,
    signal,
  }),
  sendGeometry: () => sendGeometry(),
  signal,
});
const recorder = new Recorder({
  root: part("record-options"), lamp: part("record-lamp"), connection, notice, announce,
});
const recordings = new RecordingsView({ root: part("recordings"), token: () => token, announce });

let session = "";
let token = "";

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

/** The calibration in force was made with another camera: it ends with its session. */
async function changeCamera() {
  if (flow.calibrated) {
    loseCalibration();
    connection.renew();
  }
  await startCamera();
  profiles.sort();
}

function loseCalibration() {
  keep.forget();
  flow.forget();
}

/** @param {any} hello */
function onHello(hello) {
  const lost = flow.calibrated && session !== "" && session !== hello.session;
  session = hello.session;
  token = hello.token;
  recorder.reset();
  encoder.reset();
  streamLink.show(session, token);
  sendGeometry();
  if (!demo) void profiles.refresh(token);
  if (!lost) return;
  if (keep.keptAs) {
    keep.load(keep.keptAs, RESUME);
    return;
  }
  loseCalibration();
  notice.show("The connection was new, so the calibration is gone. Calibrate again.");
}

/** @param {any} message */
function onCalibration(message) {
  keep.onMessage(message);
  if (message.state === "saved") void profiles.refresh();
  else if (message.state === "loaded" && message.request_id !== RESUME) void flow.checkLoaded(message.report);
  else if (message.state === "loaded") {
    notice.show(`Connected again, with the calibration of ${keep.keptAs}. If it is off, take “One dot” (D).`);
  } // Another program asks for the game (Open Gaze API, PROTOCOL.md section 7).
  else if (message.state === "requested" && !flow.running) void flow.calibrate();
}

/** @param {any} message */
function onError(message) {
  // What the game asked for, it answers for itself.
  if (askedByGame(message.request_id)) return;
  notice.show(message.message ?? "The server reported an error.");
  if (message.request_id === RESUME) loseCalibration();
}

/** @param {any} message */
function onMessage(message) {
  switch (message.type) {
    case "hello":
      onHello(message);
      break;
    case "gaze":
      encoder.faceSeen(message.face?.box ?? null);
      tracking.onGaze(message);
      if (views.state === "positioning") positioning.update(message);
      else if (views.state === "tracking") flow.onStatus(message.status);
      break;
    case "calibration":
      onCalibration(message);
      break;
    case "record":
      recorder.onMessage(message);
      break;
    case "click":
      tracking.onClick(message);
      break;
    case "error":
      onError(message);
      break;
  }
}

connection.addEventListener("message", (event) => onMessage(/** @type {CustomEvent} */ (event).detail), { signal });
connection.addEventListener(
  "state",
  (event) => {
    const state = /** @type {CustomEvent} */ (event).detail;
    showConnection(state, part("connection"));
    if (state.name !== "open") tracking.offline();
    if (state.name === "waiting") flow.cancel();
  },
  { signal },
);
geometry.addEventListener(
  "change",
  () => {
    sendGeometry();
    profiles.sort();
  },
  { signal },
);
profiles.addEventListener("use", (event) => keep.load(/** @type {CustomEvent} */ (event).detail, "use"), { signal });
profiles.addEventListener("change", () => keep.update(), { signal });
bindControls({ part, views, notice, flow, recordings, tracking, startCamera, startDots, signal });
window.addEventListener(
  "pagehide",
  () => {
    abort.abort();
    for (const owned of [encoder, stage, connection, flow, tracking, recorder, recordings, streamLink, profiles, keep, geometry, eyes]) owned?.destroy();
  },
  { signal },
);

// A page that comes back from the browser's cache has given everything away.
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());

bindScreenSize({ part, geometry, announce, signal });
stage.bindChoice({ select: part("camera-select"), field: part("camera-field"), restart: changeCamera, signal });
encoder.start();
if (demo) labelDemo(part);
