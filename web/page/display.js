/**
 * How the gaze and the bar are shown: the size of the dot, its ring, the person's picture, the bar. The browser remembers it.
 *
 * @typedef {typeof DEFAULTS} Display
 */
import { listen } from "../core/events.js";
import { recall, remember } from "../core/memory.js";
import { DISPLAY } from "./texts.js";

const REMEMBERED = "sightline.display";
const DOT_PX = { least: 8, most: 60 };
/** The filters that the server offers (PROTOCOL.md); empty for its own. */
const SMOOTHING = ["", "none", "one_euro_light", "one_euro", "one_euro_strong"];
/** smoothing: one of SMOOTHING; folded: the bar shows the figures and a few buttons only. */
export const DEFAULTS = { dotPx: 16, ring: true, smoothing: "", picture: true, offers: true, barOnTop: false, folded: false };

/** @param {string} text that the browser remembers @returns {Display} with the default in place of each value that can't be used */
export function readDisplay(text) {
  let kept;
  try {
    kept = JSON.parse(text || "{}");
  } catch {
    return { ...DEFAULTS }; // not written by this page
  }
  const usable = Object.entries(DEFAULTS).map(([name, value]) => [name, isUsable(name, kept?.[name]) ? kept[name] : value]);
  return Object.fromEntries(usable);
}

/** @param {string} name @param {unknown} value */
function isUsable(name, value) {
  if (name === "dotPx") return typeof value === "number" && value >= DOT_PX.least && value <= DOT_PX.most;
  if (name === "smoothing") return typeof value === "string" && SMOOTHING.includes(value);
  return typeof value === "boolean";
}

/** Emits `change` when a value has changed. */
export class DisplaySettings extends EventTarget {
  #values = readDisplay(recall(REMEMBERED));

  /** @returns {Readonly<Display>} */
  get values() {
    return this.#values;
  }

  /** @param {Partial<Display>} values */
  set(values) {
    this.#values = readDisplay(JSON.stringify({ ...this.#values, ...values }));
    remember(REMEMBERED, JSON.stringify(this.#values));
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * Connects the settings with the panel, the buttons of the bar, and what they change.
 * @param {{settings: DisplaySettings, session: import("../core/session.js").ServerSession,
 *   part: (id: string) => HTMLElement, signal: AbortSignal}} options
 */
export function bindDisplay({ settings, session, part, signal }) {
  const panel = /** @type {HTMLFormElement} */ (part("display"));
  const fields = /** @type {HTMLInputElement[]} */ ([...panel.querySelectorAll("input, select")]);
  const dot = part("gaze-dot");
  const [bar, fold, picture] = ["bar", "fold-bar", "toggle-picture"].map(part);

  const show = () => {
    const values = settings.values;
    for (const field of fields) {
      const value = values[/** @type {keyof Display} */ (field.name)];
      if (field.type === "checkbox") field.checked = value === true;
      else field.value = String(value);
    }
    part("display-dot").textContent = DISPLAY.px(values.dotPx);
    dot.style.setProperty("--size", `${values.dotPx}px`);
    dot.toggleAttribute("data-no-ring", !values.ring);
    document.body.dataset.bar = values.barOnTop ? "top" : "bottom";
    bar.toggleAttribute("data-folded", values.folded);
    fold.setAttribute("aria-expanded", String(!values.folded));
    picture.setAttribute("aria-pressed", String(values.picture));
    part("camera-view").hidden = !values.picture;
  };
  const take = (/** @type {Event} */ { target }) => {
    const { name, type, checked, value } = /** @type {HTMLInputElement} */ (target);
    settings.set({ [name]: type === "checkbox" ? checked : type === "range" ? Number(value) : value });
  };
  let smoothing = "";
  const smooth = () => {
    if (settings.values.smoothing === smoothing) return;
    ({ smoothing } = settings.values);
    session.send({ type: "filter_set", ...(smoothing && { filter: smoothing }) });
  };
  const onMessage = (/** @type {any} */ { type }) => {
    if (type !== "hello") return;
    smoothing = ""; // a new session has the server's own filter
    smooth();
  };
  listen(session, "message", onMessage, signal);
  settings.addEventListener("change", smooth, { signal });
  settings.addEventListener("change", show, { signal });
  panel.addEventListener("input", take, { signal });
  panel.addEventListener(
    "reset",
    (event) => {
      event.preventDefault(); // the form's own values are not the page's
      const { folded } = settings.values;
      settings.set({ ...DEFAULTS, folded });
    },
    { signal },
  );
  panel.addEventListener("submit", (event) => event.preventDefault(), { signal });
  fold.addEventListener("click", () => settings.set({ folded: !settings.values.folded }), { signal });
  picture.addEventListener("click", () => settings.set({ picture: !settings.values.picture }), { signal });
  show();
}
