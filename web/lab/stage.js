/**
 * The place where a stimulus is shown, as large as fits. What is drawn over it has the same size. A stimulus that is much higher
 * than wide, such as a whole page, is shown in full width and scrolls.
 */
import { h } from "../ui/dom.js";

/** From this ratio of height to width on, a stimulus scrolls. */
const TALL = 1.25;

export class Stage {
  #root;
  #sheet = h("div", { className: "sheet" });
  #picture = h("img", { alt: "" });
  #observer;

  /** @param {{root: HTMLElement, overlay: Element, resized?: (width: number, height: number) => void}} options */
  constructor({ root, overlay, resized = () => {} }) {
    this.#root = root;
    overlay.classList.add("overlay");
    this.#sheet.append(this.#picture, overlay);
    root.replaceChildren(this.#sheet);
    this.#observer = new ResizeObserver(([entry]) => resized(entry.contentRect.width, entry.contentRect.height));
    this.#observer.observe(this.#sheet);
  }

  destroy() {
    this.#observer.disconnect();
  }

  /** @param {{width: number, height: number}} size of the stimulus, px */
  set size({ width, height }) {
    this.#root.style.setProperty("--ratio", String(width / height));
    this.#root.classList.toggle("is-tall", height / width > TALL);
  }

  /**
   * @param {string | null} address null: a plain screen @param {string} [name] of the stimulus
   * @param {import("./server.js").Rect} [rect] the picture's place, in units of the stage
   */
  show(address, name = "", rect = { x: 0, y: 0, width: 1, height: 1 }) {
    this.#picture.hidden = address === null;
    this.#picture.alt = name;
    if (address !== null && this.#picture.getAttribute("src") !== address) this.#picture.src = address;
    const percent = (/** @type {number} */ share) => `${100 * share}%`;
    Object.assign(this.#picture.style, {
      left: percent(rect.x), top: percent(rect.y), width: percent(rect.width), height: percent(rect.height),
    });
  }

  /** Scrolls a tall stimulus so that a height of it is in sight. @param {number} share 0..1 */
  reveal(share) {
    const { scrollHeight, clientHeight, scrollTop } = this.#root;
    if (scrollHeight <= clientHeight) return;
    const at = share * scrollHeight;
    if (at < scrollTop + 0.1 * clientHeight || at > scrollTop + 0.9 * clientHeight) this.#root.scrollTop = at - clientHeight / 2;
  }
}
