/**
 * The plugin's place on a foreign page: one element with a shadow tree, a modal dialog in it, and a badge.
 *
 * - The shadow tree keeps the page's styles out; `:host` declarations that are `!important` win over the page's own.
 * - A modal dialog lies in the browser's top layer, above every z-index. It keeps the focus, makes the page inert, and
 *   returns the focus at its end.
 * - Its keys and clicks do not reach the page: the page's shortcuts must not react to a space that starts the dots.
 */
import { h, loadStyles } from "../ui/dom.js";
import { markKeys } from "../ui/keys.js";
import { LiveText } from "../ui/live.js";
import { GazeError } from "./errors.js";
import { SERVER } from "./texts.js";

const KEPT_EVENTS = ["keydown", "keyup", "keypress", "click", "pointerdown", "pointerup", "mousedown", "mouseup", "touchstart"];

/** The id of the part of a step that a screen reader reads with the dialog's name. */
export const DESCRIPTION = "description";

export class Dialog {
  #host = h("div", { "data-sightline": "" });
  #root = h("div", { className: "sightline" });
  #live = h("p", { className: "unseen", ariaLive: "polite" });
  #dialog = h("dialog");
  #shadow = this.#host.attachShadow({ mode: "open" });
  /** @type {((key: string) => void) | null} */
  #onKey = null;
  #destroyed = false;
  #server;

  /** @param {{server: string}} options that has the styles */
  constructor({ server }) {
    this.#server = server;
    markKeys(this.#root);
    this.#root.append(this.#dialog);
    this.#shadow.append(this.#root);
    for (const type of KEPT_EVENTS) this.#dialog.addEventListener(type, (event) => event.stopPropagation());
    this.#dialog.addEventListener("keydown", (event) => this.#keydown(event));
    // Esc while the browser's own bars have the focus. The step decides what it means; the dialog stays open.
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#onKey?.("Escape");
    });
    // Browsers close a dialog at the second Esc, even if the page prevents it.
    this.#dialog.addEventListener("close", () => this.#dialog.open || this.#onKey?.("Escape"));
  }

  get host() {
    return this.#host;
  }

  get open() {
    return this.#dialog.open;
  }

  /** The places of what `showBeside` shows, px of the viewport. @returns {DOMRect[]} */
  get besides() {
    const shown = [...this.#root.children].filter((element) => element !== this.#dialog);
    return shown.map((element) => element.getBoundingClientRect()).filter(({ width, height }) => width > 0 && height > 0);
  }

  /**
   * @param {HTMLElement} content
   * @param {{full?: boolean, label: string, onKey?: (key: string) => void}} options full: fills the window, for the dots
   */
  async show(content, { full = false, label, onKey }) {
    await this.#attach();
    if (this.#destroyed) return;
    this.#onKey = onKey ?? null;
    this.#dialog.className = full ? "full" : "card";
    this.#dialog.ariaLabel = label;
    this.#dialog.replaceChildren(content, this.#live);
    if (content.querySelector(`#${DESCRIPTION}`)) this.#dialog.setAttribute("aria-describedby", DESCRIPTION);
    else this.#dialog.removeAttribute("aria-describedby");
    if (!this.#dialog.open) this.#dialog.showModal();
    const first = content.querySelector("[autofocus]");
    if (first instanceof HTMLElement) first.focus();
    else this.#dialog.focus();
    content.scrollTop = 0; // the person reads the text before the buttons
  }

  /** Moves the dialog above elements that entered the top layer later, such as the page in full screen. */
  raise() {
    if (!this.#dialog.open) return;
    this.#dialog.close();
    this.#dialog.showModal();
  }

  hide() {
    this.#onKey = null;
    if (this.#dialog.open) this.#dialog.close();
    this.#dialog.replaceChildren();
  }

  /** Shows a small element on the page, outside of the dialog. @param {HTMLElement} element */
  async showBeside(element) {
    await this.#attach();
    if (!this.#destroyed) this.#root.append(element);
  }

  /** For screen readers. */
  announce = new LiveText(this.#live).say;

  destroy() {
    this.#destroyed = true;
    this.hide();
    this.#host.remove();
  }

  async #attach() {
    if (!this.#shadow.adoptedStyleSheets.length) {
      const styles = await loadStyles(this.#server).catch((error) => {
        throw new GazeError("server", SERVER.noStyles(new URL(this.#server).host, error.message), { cause: error });
      });
      this.#shadow.adoptedStyleSheets = [styles];
    }
    // On the root element, because some pages replace their whole body.
    if (!this.#destroyed && !this.#host.isConnected) document.documentElement.append(this.#host);
  }

  /** @param {KeyboardEvent} event */
  #keydown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !this.#onKey) return;
    const target = /** @type {HTMLElement} */ (event.target);
    // Space on a focused button presses it.
    if (event.key === " " && target.matches("button, a, select")) return;
    if (event.key !== " " && event.key !== "Escape") return;
    event.preventDefault();
    this.#onKey(event.key);
  }
}
