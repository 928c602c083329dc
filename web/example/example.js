/** An example of a foreign page that uses `connectGaze`. This module connects the parts; the others have the rules. */
import { connectGaze } from "../gaze.js";
import { LiveText } from "../ui/live.js";
import { demoSource } from "./demo.js";
import { Keyboard } from "./keyboard.js";
import { LookingTimes } from "./pictures.js";
import { NOT_CONNECTED, PAGE, PURPOSE, SECONDS, STATES } from "./texts.js";

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const part = (id) => /** @type {T} */ (document.getElementById(id));
const unixMs = () => performance.timeOrigin + performance.now();

const connect = part("connect");
const dot = part("dot");
const dotOn = /** @type {HTMLInputElement} */ (part("dot-on"));
const dwell = /** @type {HTMLInputElement} */ (part("dwell"));
const times = new LookingTimes({ figures: [...document.querySelectorAll("figure")] });
const keyboard = new Keyboard({ board: part("board"), output: part("text") });
/** @type {import("../gaze.js").GazeSession | null} */
let gaze = null;

const live = new LiveText(part("live"));
/** @param {string} text */
function say(text) {
  part("say").textContent = text;
  live.say(text);
}

const typing = () => document.body.dataset.view === "keyboard";

function sendAreas() {
  gaze?.setAreas(typing() ? keyboard.areas(Number(dwell.value)) : times.areas);
}

function showDwell() {
  part("dwell-s").textContent = SECONDS(Number(dwell.value));
  sendAreas();
}

/** @param {string} view */
function show(view) {
  document.body.dataset.view = view;
  for (const button of document.querySelectorAll("nav button")) {
    button.setAttribute("aria-pressed", String(button.getAttribute("data-show") === view));
  }
  for (const name of ["pictures", "keyboard"]) part(name).hidden = name !== view;
  sendAreas();
}

/** @param {import("../gaze.js").GazePoint} point */
function onGaze(point) {
  dot.hidden = !dotOn.checked || !point.valid;
  if (point.valid) dot.style.transform = `translate(${point.x}px, ${point.y}px)`;
  const resting = typing() ? point.message.dwell : null;
  keyboard.rest(resting?.id ?? null, resting?.progress ?? 0);
  times.show(point.timestamp);
}

/** @param {string} state @param {string} reason */
function onState(state, reason) {
  say(state === "closed" || !reason ? (STATES[state] ?? "") : reason);
  const closed = state === "closed";
  document.body.toggleAttribute("data-connected", !closed);
  part("stop").hidden = closed;
  connect.textContent = closed ? PAGE.connect : PAGE.again;
  if (!closed) return;
  gaze = null;
  dot.hidden = true;
  keyboard.rest(null, 0);
  times.show(unixMs());
}

async function start() {
  if (gaze) {
    await gaze.calibrate().catch((error) => console.info("not calibrated again:", error.message));
    return;
  }
  say("");
  try {
    gaze = await connectGaze({
      purpose: PURPOSE,
      badge: false, // the page has a button of its own for it
      ...(new URLSearchParams(window.location.search).has("demo") && { source: demoSource }),
    });
  } catch (error) {
    say(NOT_CONNECTED(/** @type {Error} */ (error).message));
    return;
  }
  gaze.addEventListener("gaze", ({ detail }) => onGaze(detail));
  gaze.addEventListener("aoi", ({ detail }) => typing() || times.add(/** @type {any} */ (detail)));
  gaze.addEventListener("dwell", ({ detail }) => {
    if (detail.phase === "select" && typing()) keyboard.select(Number(detail.id.slice("key-".length)));
  });
  gaze.addEventListener("state", ({ detail }) => onState(detail.state, detail.reason));
  onState(gaze.state, "");
  sendAreas();
}

if (new URLSearchParams(window.location.search).has("demo")) part("home").setAttribute("href", "../?demo");
connect.addEventListener("click", () => void start());
part("stop").addEventListener("click", () => gaze?.close());
keyboard.addEventListener("keys", sendAreas);
keyboard.addEventListener("change", () => live.say(keyboard.text));
dotOn.addEventListener("change", () => (dot.hidden ||= !dotOn.checked));
dwell.addEventListener("input", showDwell);
showDwell();
for (const button of document.querySelectorAll("nav button")) {
  button.addEventListener("click", () => show(button.getAttribute("data-show") ?? "pictures"));
}
if (window.location.hash === "#keyboard") show("keyboard");
