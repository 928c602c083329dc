/**
 * What the person has chosen: recordings, a stimulus, a view. It stands in the address, so that it survives a reload, the
 * browser's buttons lead back, and a link opens it again.
 *
 * @typedef {"replay" | "pictures" | "areas"} View
 * @typedef {{recordings: readonly string[], stimulus: string | null | undefined, view: View}} Chosen stimulus null: the whole
 *   recording; undefined: the person has not chosen one
 */
export const VIEWS = /** @type {const} */ (["replay", "pictures", "areas"]);

/** @param {string} hash of an address @returns {Chosen} */
export function chosenIn(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const view = fields.get("view");
  return {
    recordings: [...new Set((fields.get("recordings") ?? "").split(",").filter(Boolean))],
    stimulus: fields.has("whole") ? null : (fields.get("stimulus") ?? undefined),
    view: VIEWS.find((known) => known === view) ?? "replay",
  };
}

/** @param {Chosen} chosen @returns {string} */
export function hashOf({ recordings, stimulus, view }) {
  const fields = new URLSearchParams({ view, ...(stimulus === null ? { whole: "" } : stimulus !== undefined && { stimulus }) });
  return `#recordings=${recordings.join(",")}&${fields}`;
}

export class Choice extends EventTarget {
  #now;
  #abort = new AbortController();

  constructor() {
    super();
    this.#now = chosenIn(window.location.hash);
    const changed = () => this.#take(chosenIn(window.location.hash));
    window.addEventListener("hashchange", changed, { signal: this.#abort.signal });
  }

  destroy() {
    this.#abort.abort();
  }

  get now() {
    return this.#now;
  }

  /** @param {Partial<Chosen>} change */
  set(change) {
    const next = { ...this.#now, ...change };
    // A step back should not lead through each tick of a list.
    const step = next.view !== this.#now.view || next.stimulus !== this.#now.stimulus ? "pushState" : "replaceState";
    window.history[step](null, "", hashOf(next));
    this.#take(next);
  }

  /** @param {Chosen} next */
  #take(next) {
    if (hashOf(next) === hashOf(this.#now)) return;
    this.#now = next;
    this.dispatchEvent(new Event("change"));
  }
}
