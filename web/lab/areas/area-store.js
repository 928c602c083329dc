/**
 * The areas of each stimulus. They stay on this machine, in the browser's storage, and each change can be undone. Emits `change`.
 *
 * @typedef {import("../server.js").SentArea} SentArea
 */
import { recall, remember } from "../../core/memory.js";
import { SCREEN } from "./areas-file.js";

const KEY = "sightline.lab.areas";
const MOST_STEPS = 100;

export class AreaStore extends EventTarget {
  /** @type {Record<string, readonly SentArea[]>} */
  #all;
  #stimulus = SCREEN;
  /** @type {(readonly SentArea[])[]} */
  #before = [];
  /** @type {(readonly SentArea[])[]} */
  #after = [];

  constructor() {
    super();
    this.#all = stored();
  }

  /** @param {string | null} stimulus whose areas are worked on from now on */
  open(stimulus) {
    const key = stimulus ?? SCREEN;
    if (key === this.#stimulus) return;
    this.#stimulus = key;
    this.#before = [];
    this.#after = [];
  }

  /** @returns {readonly SentArea[]} */
  get areas() {
    return Object.hasOwn(this.#all, this.#stimulus) ? this.#all[this.#stimulus] : [];
  }

  /** @param {readonly string[]} stimuli @returns {import("./areas-file.js").ByStimulus} their areas, and those of the whole screen */
  of(stimuli) {
    return Object.fromEntries(Object.entries(this.#all).filter(([stimulus]) => stimulus === SCREEN || stimuli.includes(stimulus)));
  }

  /** Takes the areas of a file. Those of other stimuli keep theirs. @param {import("./areas-file.js").ByStimulus} all */
  take(all) {
    const areas = all[this.#stimulus];
    remember(KEY, JSON.stringify({ ...stored(), ...all, [this.#stimulus]: this.areas }));
    this.#all = stored();
    if (areas) this.set(areas);
  }

  get canUndo() {
    return this.#before.length > 0;
  }

  get canRedo() {
    return this.#after.length > 0;
  }

  /** @param {readonly SentArea[]} areas */
  set(areas) {
    if (JSON.stringify(areas) === JSON.stringify(this.areas)) return;
    this.#before = [...this.#before, this.areas].slice(-MOST_STEPS);
    this.#after = [];
    this.#write(areas);
  }

  undo() {
    const areas = this.#before.pop();
    if (!areas) return;
    this.#after.push(this.areas);
    this.#write(areas);
  }

  redo() {
    const areas = this.#after.pop();
    if (!areas) return;
    this.#before.push(this.areas);
    this.#write(areas);
  }

  /** @param {readonly SentArea[]} areas */
  #write(areas) {
    // Another window of the lab may have changed other stimuli meanwhile.
    this.#all = { ...stored(), [this.#stimulus]: areas };
    remember(KEY, JSON.stringify(this.#all));
    this.dispatchEvent(new Event("change"));
  }
}

/** @returns {Record<string, readonly SentArea[]>} */
function stored() {
  try {
    const all = JSON.parse(recall(KEY) || "{}");
    return Object.fromEntries(Object.entries(all).filter(([, areas]) => Array.isArray(areas)));
  } catch {
    return {}; // not written by the lab
  }
}
