/**
 * Learning from clicks: people mostly look at what they click. It is off until the person switches it on. A click is sent
 * with its place and time only.
 */
import { viewportToScreen } from "../core/geometry.js";
import { TRACKING } from "./texts.js";

export class ClickLearning {
  #session;
  #toggle;
  #count;
  #abort = new AbortController();

  /**
   * @param {{toggle: HTMLElement, count: HTMLElement, session: import("../core/session.js").ServerSession,
   *   active: () => boolean, announce: (text: string) => void}} options
   */
  constructor({ toggle, count, session, active, announce }) {
    this.#session = session;
    this.#toggle = toggle;
    this.#count = count;
    const { signal } = this.#abort;
    toggle.addEventListener(
      "click",
      () => {
        this.#set(!this.on);
        announce(this.on ? TRACKING.clicksOn : TRACKING.clicksOff);
      },
      { signal },
    );
    document.addEventListener(
      "pointerdown",
      (event) => {
        if (this.on && active() && event.isTrusted && event.button === 0) this.#report(event);
      },
      { signal, capture: true },
    );
  }

  destroy() {
    this.#abort.abort();
  }

  get on() {
    return this.#toggle.getAttribute("aria-pressed") === "true";
  }

  /** @param {any} message a `click` message */
  onMessage(message) {
    this.#count.textContent = [...(message.n > 0 ? [message.n] : []), ...(message.state === "ignored" ? [TRACKING.clickNotUsed] : [])].join(" · ");
    this.#toggle.title = message.reason ? TRACKING.clickReason(message.reason) : TRACKING.clicksTitle;
  }

  /** @param {PointerEvent} event */
  #report(event) {
    const { x, y } = viewportToScreen({ x: event.clientX, y: event.clientY }, this.#session.layout);
    if (x < 0 || x > 1 || y < 0 || y > 1) return;
    this.#session.send({ type: "click", x, y, timestamp: this.#session.clock.originMs + event.timeStamp });
  }

  /** @param {boolean} on */
  #set(on) {
    this.#toggle.setAttribute("aria-pressed", String(on));
    if (!on) this.#count.textContent = "";
  }
}
