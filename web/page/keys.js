/** Keyboard shortcuts for each state of the page. */

/**
 * @param {{signal: AbortSignal, state: () => string, actions: Record<string, Record<string, () => void>>}} options
 */
export function bindKeys({ signal, state, actions }) {
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (document.querySelector("dialog[open]")) return; // what lies behind a dialog is out of reach
      const target = /** @type {HTMLElement} */ (event.target);
      if (target.matches?.("input, select, textarea")) return;
      // Space on a focused button, link or summary already means something.
      if (event.key === " " && target.matches?.("button, a, summary")) return;
      const action = actions[state()]?.[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!action) return;
      event.preventDefault();
      action();
    },
    { signal },
  );
}
