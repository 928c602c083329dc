/** Tabs as WAI-ARIA describes them: the arrow keys lead from one to the next, and only the chosen one is in the order of Tab. */
export class Tabs {
  #tabs;

  /** @param {{list: HTMLElement, choose: (view: string) => void, signal: AbortSignal}} options */
  constructor({ list, choose, signal }) {
    this.#tabs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);
    for (const tab of this.#tabs) tab.addEventListener("click", () => choose(tab.dataset.view ?? ""), { signal });
    list.addEventListener(
      "keydown",
      (event) => {
        const at = this.#tabs.indexOf(/** @type {HTMLElement} */ (event.target));
        const steps = /** @type {Record<string, number>} */ ({ ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 });
        const next = this.#tabs.at(steps[event.key] % this.#tabs.length);
        if (at < 0 || !(event.key in steps) || !next) return;
        event.preventDefault();
        event.stopPropagation();
        next.focus();
        next.click();
      },
      { signal },
    );
  }

  /** @param {string} view */
  show(view) {
    for (const tab of this.#tabs) {
      const chosen = tab.dataset.view === view;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
      if (panel) panel.hidden = !chosen;
    }
  }
}
