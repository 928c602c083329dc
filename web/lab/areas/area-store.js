/**
 * The areas of each stimulus, in the browser's storage; each change can be undone. Emits `change` {stimuli}: those that a person
 * has changed, none when the areas come from the server.
 *
 * @typedef {import("../server.js").SentArea} SentArea
 * @typedef {import("./areas-file.js").ByStimulus} ByStimulus
 */
import { recall, remember } from "../../core/memory.js";
import { SCREEN } from "./areas-file.js";

export const KEY = "sightline.lab.areas";
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
    return this.areasOf(this.#stimulus);
  }

  /** @param {string} stimulus or SCREEN @returns {readonly SentArea[]} */
  areasOf(stimulus) {
    return Object.hasOwn(this.#all, stimulus) ? this.#all[stimulus] : [];
  }

  /** @param {readonly string[]} stimuli @returns {ByStimulus} their areas, and those of the whole screen */
  of(stimuli) {
    return Object.fromEntries(Object.entries(this.#all).filter(([stimulus]) => stimulus === SCREEN || stimuli.includes(stimulus)));
  }

  /** Takes the areas of a file. Those of other stimuli keep theirs. @param {ByStimulus} all */
  take(all) {
    const { [this.#stimulus]: areas, ...others } = all;
    this.#keep(others, Object.keys(others));
    if (areas) this.set(areas);
  }

  /** Takes the areas that the server keeps. @param {ByStimulus} all */
  adopt(all) {
    if (Object.entries(all).some(([stimulus, areas]) => JSON.stringify(areas) !== JSON.stringify(this.areasOf(stimulus)))) this.#keep(all, []);
  }

  /** Takes what another window of the lab has written. */
  reread() {
    this.adopt(stored());
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
    this.#keep({ [this.#stimulus]: areas }, [this.#stimulus]);
  }

  /** @param {ByStimulus} some @param {readonly string[]} stimuli that a person has changed */
  #keep(some, stimuli) {
    // Another window of the lab may have changed other stimuli meanwhile.
    this.#all = { ...stored(), ...some };
    remember(KEY, JSON.stringify(this.#all));
    this.dispatchEvent(new CustomEvent("change", { detail: { stimuli } }));
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
