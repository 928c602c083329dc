/** A button for what can't be undone: the first press asks, the second one does it. A press elsewhere in between takes the question back. */

/**
 * @param {HTMLButtonElement} button @param {{question: string, of: string, action: () => void, signal: AbortSignal}} options
 *   question: such as "Really delete?"; of: what it is about, for screen readers
 */
export function confirmOnClick(button, { question, of, action, signal }) {
  const verb = button.textContent ?? "";
  const set = (/** @type {boolean} */ asking) => {
    button.textContent = asking ? question : verb;
    button.setAttribute("aria-label", `${asking ? question : verb} ${of}`);
    if (asking) button.dataset.sure = "yes";
    else delete button.dataset.sure;
  };
  set(false);
  button.addEventListener("click", () => (button.dataset.sure ? action() : set(true)), { signal });
  button.addEventListener("blur", () => set(false), { signal });
}
