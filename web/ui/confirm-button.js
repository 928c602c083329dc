/** A button for an action that can't be undone: the first press asks, the second acts. A press elsewhere cancels. */

/**
 * @param {HTMLButtonElement} button @param {{question: string, of: string, action: () => void, signal: AbortSignal}} options
 *   question: such as "Really delete?"; of: the object of the action, for screen readers
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
