/**
 * Keeps the areas on the server, beside the recordings: there they are in downloads, and for other browsers. What could not be
 * sent stays in this browser, and is sent when its stimulus is opened again. Emits `state` {problem}: why areas are in this
 * browser only, or empty.
 *
 * @typedef {import("./area-store.js").AreaStore} AreaStore
 * @typedef {import("../server.js").SentArea} SentArea
 * @typedef {{areas: () => Promise<import("./areas-file.js").ByStimulus>, keepAreas: (stimulus: string | null, areas: readonly SentArea[]) => Promise<void>}} Server
 */
import { recall, remember } from "../../core/memory.js";
import { listen } from "../../core/events.js";
import { SCREEN } from "./areas-file.js";

const KEY = "sightline.lab.areas.unsent";

export class AreaSync extends EventTarget {
  #server;
  #store;
  /** Stimuli whose areas the server has. @type {Set<string>} */
  #kept = new Set();
  /** @type {Map<string, Promise<void>>} */
  #sending = new Map();
  /** Changed since the last question: the answer may be older. @type {Set<string>} */
  #changed = new Set();

  /** @param {{server: Server, store: AreaStore, signal: AbortSignal}} options */
  constructor({ server, store, signal }) {
    super();
    this.#server = server;
    this.#store = store;
    const changed = (/** @type {{stimuli: readonly string[]}} */ { stimuli }) => {
      for (const stimulus of stimuli) void this.#send(stimulus);
    };
    listen(store, "change", changed, signal);
  }

  /** Takes the server's areas, but for stimuli whose own changes it does not have yet. */
  async load() {
    this.#changed.clear();
    try {
      const all = Object.entries(await this.#server.areas());
      this.#kept = new Set(all.map(([stimulus]) => stimulus));
      const own = new Set([...this.#changed, ...unsent()]);
      this.#store.adopt(Object.fromEntries(all.filter(([stimulus]) => !own.has(stimulus))));
      this.#say("");
    } catch (error) {
      this.#say(/** @type {Error} */ (error).message);
    }
  }

  /** Sends the areas that only this browser has, of these stimuli and of the whole screen. @param {readonly string[]} stimuli */
  async save(stimuli) {
    const waiting = unsent();
    const own = [SCREEN, ...stimuli].filter((stimulus) => waiting.has(stimulus) || (!this.#kept.has(stimulus) && this.#store.areasOf(stimulus).length > 0));
    await Promise.all([...new Set(own)].map((stimulus) => this.#send(stimulus)));
  }

  /** @param {string} stimulus @returns {Promise<void>} ends when its newest areas are sent, or can't be */
  #send(stimulus) {
    this.#changed.add(stimulus);
    note(stimulus, true);
    const running = this.#sending.get(stimulus);
    if (running) return running; // it sends what has changed meanwhile, too
    const sent = this.#sendNewest(stimulus).finally(() => this.#sending.delete(stimulus));
    this.#sending.set(stimulus, sent);
    return sent;
  }

  /** @param {string} stimulus */
  async #sendNewest(stimulus) {
    try {
      for (let last = ""; last !== JSON.stringify(this.#store.areasOf(stimulus)); ) {
        last = JSON.stringify(this.#store.areasOf(stimulus));
        await this.#server.keepAreas(stimulus === SCREEN ? null : stimulus, JSON.parse(last));
      }
      note(stimulus, false);
      this.#kept.add(stimulus);
      this.#say("");
    } catch (error) {
      this.#say(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} problem */
  #say(problem) {
    this.dispatchEvent(new CustomEvent("state", { detail: { problem } }));
  }
}

/** @returns {Set<string>} stimuli whose last change the server does not have */
function unsent() {
  try {
    return new Set(JSON.parse(recall(KEY) || "[]"));
  } catch {
    return new Set(); // not written by the lab
  }
}

/** @param {string} stimulus @param {boolean} isUnsent */
function note(stimulus, isUnsent) {
  const all = unsent();
  if (all.has(stimulus) === isUnsent) return;
  if (isUnsent) all.add(stimulus);
  else all.delete(stimulus);
  remember(KEY, JSON.stringify([...all]));
}
