/** Connects the parts. Their modules have the rules, and state.js decides what the page shows. */
import { listen } from "../core/events.js";
import { socketUrl } from "../core/http.js";
import { ServerSession } from "../core/session.js";
import { LiveText } from "../ui/live.js";
import { PositioningView } from "../ui/positioning.js";
import { ResultCard } from "../ui/result-card.js";
import { POSITIONING } from "../ui/texts.js";
import { ValidationCard } from "../ui/validation-card.js";
import { RequestedGame } from "../calibration/requested-game.js";
import { CalibrationFlow } from "./calibration-flow.js";
import { CameraStage } from "./camera-stage.js";
import { CameraSwitch } from "./camera-switch.js";
import { bindControls } from "./controls.js";
import { Demo } from "./demo.js";
import { bindDisplay, DisplaySettings } from "./display.js";
import { DriftOffer } from "./drift-offer.js";
import { GameOptions } from "./game-options.js";
import { KeptCalibration } from "./kept-calibration.js";
import { bindMonitorChoice } from "./monitor-choice.js";
import { ConnectionNote, Notice, SilenceWatch } from "./notices.js";
import { ProfileMenu } from "./profiles.js";
import { Recorder } from "./recorder.js";
import { RecordingsView } from "./recordings.js";
import { SaveProfile } from "./save-profile.js";
import { bindScreenSize } from "./screen-size.js";
import { PageState } from "./state.js";
import { StreamLink } from "./stream-link.js";
import { CONNECTION, DEMO, TRACKING } from "./texts.js";
import { TrackingView } from "./tracking-view.js";

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const part = (id) => /** @type {T} */ (document.getElementById(id));

const abort = new AbortController();
const { signal } = abort;
const { search, href } = window.location;

const page = new PageState();
const announce = new LiveText(part("live")).say;
const urgent = new LiveText(part("urgent")).say;
const notice = new Notice({ element: part("notice"), announce: urgent, next: () => page.heading, dots: () => flow.running });
const positioning = new PositioningView({ start: part("calibrate"), announce });
positioning.video.id = "preview";
part("seat-preview").replaceWith(positioning.preview);
part("seat-checks").replaceWith(positioning.checks);

const demo = new URLSearchParams(search).has("demo") ? new Demo({ part, layout: () => session.layout }) : null;
const session = new ServerSession({
  url: socketUrl(href, "/v1/camera").href,
  video: positioning.video,
  makeSource: demo?.makeSource,
  nameCamera: true,
});
const silence = new SilenceWatch({ notify: () => notice.show(CONNECTION.noFrames) });
const connection = new ConnectionNote({
  element: part("connection"),
  retry: () => session.connection.retryNow(),
  announce: urgent,
  next: () => page.heading,
});
const tracking = new TrackingView({ part, page, session, announce, pictureOf: demo ? DEMO.person : POSITIONING.picture });
const display = new DisplaySettings();
const streamLink = new StreamLink({ root: part("stream"), announce });
const stage = new CameraStage({
  session, page, part, signal, announce,
  failed: () => {
    notice.hide(); // it belongs to the earlier view
    flow.cancel();
  },
  chosen: () => void changeCamera(),
});
const camera = new CameraSwitch({ session, stage, part, show: (status) => tracking.rest(status), announce, signal });
const profiles = new ProfileMenu({
  root: /** @type {HTMLElement} */ (document.querySelector(".positioning")),
  session,
  notify: (text) => notice.show(text),
  announce,
  next: () => page.heading,
});
const kept = new KeptCalibration({ session, words: part("calibration-age"), note: part("kept-note") });
const saving = new SaveProfile({
  root: part("keep"),
  session,
  announce,
  taken: () => profiles.here.map(({ user }) => user),
  part,
  offered: !demo,
});
const flow = new CalibrationFlow({
  mount: part("game"),
  session,
  page,
  notice,
  announce,
  result: new ResultCard({ root: /** @type {HTMLElement} */ (document.querySelector(".result")) }),
  validation: new ValidationCard({ root: part("validation"), announce }),
  saving,
  options: new GameOptions({ root: part("plan"), sound: part("sound"), hint: part("calibrate-hint"), search, signal }),
  signal,
});
const offer = new DriftOffer({
  part, announce, signal,
  check: () => flow.drift(),
  allowed: () => display.values.offers && !recorder.recording,
  next: () => page.heading,
});
const recorder = new Recorder({ root: part("record-options"), lamp: part("record-lamp"), session, notice, announce, next: () => page.heading });
const recordings = new RecordingsView({ root: part("recordings"), token: () => session.token, announce, next: () => page.heading });

/** Another program starts the game (game_start, or the Open Gaze API), but turns no camera on. */
const requested = new RequestedGame({
  session, signal,
  take: (game) => {
    if (camera.off) return "the page's camera is off";
    if (flow.running) return "a game runs on the page";
    void flow[game === "calibration" ? "calibrate" : "validate"]().then(() => requested.ended());
    return "";
  },
});

async function startCamera() {
  if (!(await stage.open())) return;
  positioning.reset();
  page.on("camera opened");
  session.open();
  camera.refresh();
}

function startDots() {
  recorder.startIfWanted();
  return flow.calibrate();
}

/** The active calibration belongs to the earlier camera, so it ends with its session. */
async function changeCamera() {
  if (session.report) {
    page.on("calibration lost");
    session.renew();
  }
  await startCamera();
  profiles.sort();
}

/** The tab was loaded again a short time after a calibration. */
async function resumeCalibration() {
  const end = await kept.resume();
  if (end === "resumed" && page.on("calibration resumed")) notice.show(TRACKING.reloaded);
  else if (end === "gone") notice.show(CONNECTION.calibrationGone);
}

/** @param {string} user */
async function useProfile(user) {
  // A success also comes as a message; a refusal only rejects.
  await session.loadProfile(user).catch((error) => notice.show(error.message));
}

/** @param {any} message of the server */
function onMessage(message) {
  switch (message.type) {
    case "hello":
      if (session.feed.sending) silence.seen("no_frames");
      recorder.reset();
      streamLink.show(session.id, session.token);
      camera.refresh();
      if (!demo) void profiles.refresh();
      void resumeCalibration();
      break;
    case "gaze":
      silence.seen(message.status);
      tracking.onGaze(message);
      if (page.now === "positioning") positioning.update(message, session.feed.picture);
      else if (page.now === "tracking") {
        flow.onGaze(message);
        offer.onGaze(message, tracking.doubt);
      }
      break;
    case "calibration":
      if (message.state === "saved") void profiles.refresh();
      else if (message.state === "loaded" && !session.resuming && !camera.off) void flow.useLoaded(message.report, profiles.wayOf(session.savedAs));
      break;
    case "record":
      recorder.onMessage(message);
      break;
    case "stopping":
      recorder.continueLater();
      break;
    case "drift":
      if (message.state === "done") offer.restart();
      break;
    case "click":
      tracking.onClick(message);
      break;
  }
}

/** A new session has replaced the earlier one. @param {import("../core/session.js").Renewal} renewal */
function onRenewed({ had, kept, savedAs, reason }) {
  if (!had) return;
  if (kept) notice.show(CONNECTION.restored(savedAs));
  else {
    if (camera.off) page.on("camera stays off");
    page.on("calibration lost");
    notice.show(reason || CONNECTION.calibrationLost);
  }
}

/** @param {import("../core/connection.js").ConnectionState} state */
function onConnection(state) {
  connection.show(state);
  if (state.name === "open") return;
  silence.seen("");
  tracking.rest("offline");
  recorder.lost();
}

/** @type {(target: EventTarget, type: string, act: (detail: any, event: any) => void) => void} */
const on = (target, type, act) => listen(target, type, act, signal);
on(session, "message", onMessage);
on(session, "problem", (message) => notice.show(message.message ?? CONNECTION.serverError));
on(session, "renewed", onRenewed);
on(session, "state", onConnection);
on(session, "calibration", () => document.body.toggleAttribute("data-calibrated", session.report !== null));
on(session, "calibration", () => offer.restart());
on(session.geometry, "change", () => profiles.sort());
on(profiles, "use", (user) => void useProfile(user));
on(profiles, "change", () => saving.update());
on(page, "change", () => ["positioning", "calibrating"].includes(page.now) && camera.wake());
bindDisplay({ settings: display, session, part, signal });
bindControls({ part, page, notice, flow, recordings, tracking, startCamera, startDots, signal });
bindMonitorChoice({ part, announce, signal });
bindScreenSize({ part, geometry: session.geometry, announce, signal });
on(window, "pagehide", () => {
  abort.abort();
  for (const owned of [flow, tracking, recorder, recordings, streamLink, profiles, saving, kept, session, demo]) owned?.destroy();
});
// A page from the browser's cache has released its camera and its socket.
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
