/** Events that have begun and not ended: a server whose connection is lost can't end them. */
export class OpenEvents {
  /** @type {Map<string, any>} by type and id */
  #begun = new Map();

  /** @param {any} event */
  take(event) {
    const name = `${event.type} ${event.id}`;
    if (event.phase === "start") this.#begun.set(name, event);
    else if (event.phase === "end") this.#begun.delete(name);
  }

  /** @param {number} lastMs time of the newest point @returns {any[]} the ends of all, at that time */
  ends(lastMs) {
    const begun = [...this.#begun.values()];
    this.#begun.clear();
    return begun.map((event) => {
      const timestamp = Math.max(event.start, lastMs);
      return { ...event, phase: "end", timestamp, duration_ms: timestamp - event.start };
    });
  }
}
