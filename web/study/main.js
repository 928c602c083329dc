/** The way of a participant: consent, camera, dots, stimuli, thanks. The modules have the rules of each part. */
import { CalibrationGame } from "../calibration/game.js";
import { enterFullScreen, leaveFullScreen } from "../calibration/full-screen.js";
import { RequestedGame } from "../calibration/requested-game.js";
import { listen } from "../core/events.js";
import { askServer, socketUrl } from "../core/http.js";
import { ServerSession } from "../core/session.js";
import { h, recommend } from "../ui/dom.js";
import { LiveText } from "../ui/live.js";
import { PositioningView } from "../ui/positioning.js";
import { demoPerson } from "./demo.js";
import { PagePictures } from "./page-pictures.js";
import { StudyRecording } from "./recording.js";
import { Runner } from "./runner.js";
import { Seat } from "./seat.js";
import { StimulusView } from "./stimuli.js";
import { CONSENT, READY, SEAT, STOPPED, THANKS } from "./texts.js";
import { Views } from "./views.js";

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const part = (id) => /** @type {T} */ (document.getElementById(id));

/** The study ends before its end. The message is for people. */
class Stopped extends Error {}

const abort = new AbortController();
const { signal } = abort;
/** Ends the study of this participant. */
const run = new AbortController();
const isDemo = new URLSearchParams(window.location.search).has("demo");
const views = new Views();
const announce = new LiveText(part("live")).say;
const urgent = new LiveText(part("urgent")).say;
const view = new StimulusView({ root: part("shown"), stage: part("stage") });
const position = new PositioningView({ start: part("calibrate"), announce });
part("seat-preview").replaceWith(position.preview);
part("seat-checks").replaceWith(position.checks);
const session = new ServerSession({
  url: socketUrl(window.location.href, "/v1/camera").href,
  video: position.video,
  makeSource: isDemo ? demoPerson({ view, layout: () => session.layout }) : undefined,
  nameCamera: true,
});
const game = new CalibrationGame({ mount: part("game"), session, announce });
const recording = new StudyRecording({ session, signal });
const seat = new Seat({ session, position, views, part, announce, signal });
const pictures = new PagePictures({ session, part, announce, signal });
const runner = new Runner({ view, recording, pictures, check, paused });

/** What a program may ask for in each view (`game_start`). @type {Partial<Record<import("./views.js").View, readonly string[]>>} */
const GAMES = { positioning: ["calibration"], ready: ["calibration", "validation"] };
/** @type {(game: "calibration" | "validation") => void} */
let play = () => {};
const requested = new RequestedGame({
  session, signal,
  take: (game) => {
    if (!GAMES[views.now]?.includes(game)) return `the study shows something else now: ${views.now}`;
    play(game);
    return "";
  },
});
/** @returns {Promise<"calibration" | "validation">} the next game that a program asks for */
const asked = () => new Promise((resolve) => (play = resolve));

/** @type {any} the texts of the study */
let study = null;
/** @type {any} the number and the steps of this participant */
let plan = null;

/** @param {string} id @returns {Promise<string>} the id, when it is pressed */
const pressed = (id) => new Promise((resolve) => part(id).addEventListener("click", () => resolve(id), { once: true, signal }));

/** @returns {Promise<string>} when the dots are wanted: by the button, or by a program */
const beginning = () => Promise.race([pressed("calibrate"), asked()]);

/** @param {string} text whose paragraphs are separated by an empty line */
const paragraphs = (text) => text.trim().split(/\n\s*\n/).map((words) => h("p", {}, words));

async function load() {
  const response = await askServer("/v1/study", { token: "", signal });
  study = await response.json();
  document.title = study.title;
  part("consent-title").textContent = study.title;
  part("consent-text").replaceChildren(...paragraphs(study.consent ?? CONSENT.usual));
  part("consent-length").textContent = CONSENT.length(study.n_stimuli, study.duration_ms);
  part("instructions").replaceChildren(...paragraphs(study.instructions ?? READY.usual));
  part("thanks-text").replaceChildren(...paragraphs(study.thanks ?? THANKS.usual));
  views.show("consent");
}

/** The person reads, sits down, and looks at the dots, as often as they like, or as a program asks. */
async function calibrated() {
  await pressed("agree");
  const begins = beginning(); // before the seat is open, because its view can be asked from its first moment
  await seat.open();
  await begins;
  for (;;) {
    const end = await playGame(() => game.calibrate({ pattern: study.calibration }));
    if (end.outcome !== "done") {
      seat.show(end.outcome === "cancelled" ? "" : end.reason ? SEAT.failed(end.reason) : SEAT.failedAnyway);
      await beginning();
      continue;
    }
    await begun();
    if (await ready(end.report.summary)) return;
  }
}

/** @param {() => Promise<import("../calibration/game.js").Outcome>} play */
async function playGame(play) {
  await enterFullScreen();
  views.show("calibrating");
  const end = await play();
  requested.ended(end.reason);
  if (run.signal.aborted) throw run.signal.reason;
  return end;
}

/** @param {any} summary of the calibration @returns {Promise<boolean>} whether the stimuli come next; otherwise the dots */
async function ready({ error_px: announced, grade }) {
  let measured = study.validation ? (await playGame(() => game.validate())).result : null;
  for (;;) {
    const px = measured?.accuracy?.px ?? announced;
    part("accuracy").textContent = ((measured?.grade ?? grade) === "poor" ? READY.badError : READY.error)(px);
    views.show("ready");
    announce(part("accuracy").textContent ?? "");
    const next = await Promise.race([pressed("begin"), pressed("again"), asked()]);
    if (next === "begin") return true;
    if (next === "calibration") return false;
    if (next === "validation") measured = (await playGame(() => game.validate())).result ?? measured;
    else {
      seat.show("");
      await beginning();
      return false;
    }
  }
}

/** The recording begins after the first calibration, because there is no gaze before, and holds the validation. */
async function begun() {
  if (recording.running) return;
  const options = { token: session.token, signal, method: "POST" };
  plan = await (await askServer("/v1/study/participants", options)).json();
  const person = /** @type {HTMLInputElement} */ (part("code")).value.trim();
  await recording.start({ study: study.name, participant: plan.participant, row: plan.row, person });
  pictures.offer(plan.steps.some((/** @type {any} */ step) => step.kind === "page"));
  recording.keep(plan.steps.filter((/** @type {any} */ step) => step.kind === "picture"));
}

async function shown() {
  await enterFullScreen();
  views.show("running");
  await runner.run(plan.steps, run.signal);
  pictures.destroy();
  part("lab-link").setAttribute("href", `../lab/#recordings=${await recording.finish()}`);
  await leaveFullScreen();
  part("saved").textContent = THANKS.saved(plan.participant);
  if (isDemo) {
    part("lab-link").textContent = THANKS.demoLab;
    recommend(part("lab-link"), part("next"));
  }
  views.show("thanks");
}

/** One dot in the middle. @returns {Promise<boolean>} whether it was looked at */
async function check() {
  const end = await game.drift();
  if (end.outcome === "cancelled") runner.interrupt();
  return end.outcome === "done";
}

async function paused() {
  views.show("paused");
  urgent(part("pause-title").textContent ?? "");
  if ((await Promise.race([pressed("resume"), pressed("stop")])) === "stop") {
    recording.stop();
    run.abort(new Stopped(STOPPED.byPerson));
    return;
  }
  await enterFullScreen();
  views.show("running");
}

/** @param {unknown} error */
async function stop(error) {
  view.empty();
  game.cancel();
  await leaveFullScreen();
  const why = /** @type {Error} */ (error).message;
  part("stopped-why").textContent = why;
  part("stopped-kept").hidden = plan === null;
  session.destroy();
  views.show("stopped");
  urgent(why);
}

/** @param {unknown} error of the study's file */
function refuse(error) {
  part("wrong").textContent = /** @type {Error} */ (error).message;
  views.show("problem");
}

async function participate() {
  try {
    await load();
  } catch (error) {
    refuse(error);
    return;
  }
  try {
    await calibrated();
    await shown();
  } catch (error) {
    if (!signal.aborted) await stop(error);
  }
}

const interrupt = () => views.now === "running" && !game.running && runner.interrupt();
const fail = (/** @type {string} */ why) => plan !== null && views.now !== "thanks" && end(new Stopped(why));

/** @param {Stopped} reason */
function end(reason) {
  if (run.signal.aborted) return;
  run.abort(reason);
  game.cancel();
  if (views.now !== "running" && views.now !== "calibrating") void stop(reason);
}

listen(session, "state", ({ name }) => name !== "open" && fail(STOPPED.connection), signal);
listen(session.feed, "ended", () => fail(STOPPED.camera), signal);
listen(session, "message", ({ type, state, reason }) => {
  if (type === "record" && state !== "started" && recording.running) fail(STOPPED.recording(reason ?? state));
}, signal);
document.addEventListener("fullscreenchange", () => document.fullscreenElement || interrupt(), { signal });
document.addEventListener("visibilitychange", () => document.hidden && interrupt(), { signal });
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Escape") interrupt();
    const { target } = event;
    if (event.repeat || target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement || target instanceof HTMLSelectElement) return;
    const by = /** @type {Record<string, Record<string, string>>} */ ({
      consent: { Enter: "agree" },
      positioning: { " ": "calibrate" },
      ready: { " ": "begin" },
      paused: { " ": "resume" },
    });
    const id = by[views.now]?.[event.key];
    if (!id) return;
    event.preventDefault();
    part(id).click();
  },
  { signal },
);
for (const id of ["next", "restart", "reload"]) part(id).addEventListener("click", () => window.location.reload(), { signal });
if (isDemo) {
  part("demo-badge").hidden = false;
  for (const id of ["demo-link", "problem-demo"]) {
    part(id).textContent = CONSENT.ownCamera;
    part(id).setAttribute("href", "./");
  }
}
window.addEventListener("pagehide", () => {
  abort.abort();
  game.destroy();
  session.destroy();
});
// A page from the browser's cache has released its camera and its socket.
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
void participate();
