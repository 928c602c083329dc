/** The buttons and keys above the stimulus: which shape is drawn, undo and redo. */
import { listen } from "../../core/events.js";
import { AREAS } from "../texts.js";

/** @typedef {import("./drawing.js").Kind} Kind */
const KINDS = /** @type {Kind[]} */ (["rectangle", "ellipse", "polygon"]);
const KEYS = /** @type {Record<string, Kind | null>} */ ({ r: "rectangle", e: "ellipse", p: "polygon", v: null });

export class AreaTools {
  #part;
  #editor;
  #store;
  /** @type {Kind | null} */
  #used = null;
  /** @type {Kind | null} */
  #chosen = null;
  #none = true;

  /**
   * @param {{part: (id: string) => HTMLElement, editor: import("./editor.js").AreaEditor, store: import("./area-store.js").AreaStore,
   *   signal: AbortSignal}} options
   */
  constructor({ part, editor, store, signal }) {
    this.#part = part;
    this.#editor = editor;
    this.#store = store;
    const on = (/** @type {string} */ id, /** @type {(event: MouseEvent) => void} */ act) => part(id).addEventListener("click", act, { signal });
    // A press with the keyboard has no clicks.
    for (const kind of KINDS) on(`tool-${kind}`, ({ detail }) => editor.use(kind, detail === 0));
    on("tool-choose", () => editor.use(null));
    on("undo", () => store.undo());
    on("redo", () => store.redo());
    listen(editor, "tool", ({ kind }) => this.#mark(kind), signal);
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
  }

  /** Whether there is something to undo and to redo, and what can be done. @param {Kind | null} chosen area @param {boolean} none there is no area yet */
  show(chosen, none) {
    this.#chosen = chosen;
    this.#none = none;
    this.#hint();
    /** @type {HTMLButtonElement} */ (this.#part("undo")).disabled = !this.#store.canUndo;
    /** @type {HTMLButtonElement} */ (this.#part("redo")).disabled = !this.#store.canRedo;
  }

  /** @param {Kind | null} used */
  #mark(used) {
    this.#used = used;
    for (const kind of KINDS) this.#part(`tool-${kind}`).setAttribute("aria-pressed", String(kind === used));
    this.#part("tool-choose").setAttribute("aria-pressed", String(used === null));
    this.#hint();
  }

  #hint() {
    const unused = this.#none ? "none" : this.#chosen === "polygon" ? "corners" : "choose";
    this.#part("tool-hint").textContent = AREAS.hints[this.#used ?? unused];
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (this.#part("panel-areas").hidden || /** @type {Element} */ (event.target).closest("dialog, input, select, textarea")) return;
    const { key, ctrlKey, metaKey, shiftKey, altKey } = event;
    if ((ctrlKey || metaKey) && key.toLowerCase() === "z") this.#store[shiftKey ? "redo" : "undo"]();
    else if (key in KEYS && !ctrlKey && !metaKey && !altKey) this.#editor.use(KEYS[key], true);
    else return;
    event.preventDefault();
  }
}
