/** The pictures of the pages that a study shows, from the tab that the participant shares before they begin. */
import { PictureKeeper } from "../core/page-picture/keeper.js";
import { PagePicture } from "../core/page-picture/picture.js";
import { ShareError, shareTab } from "../core/page-picture/tab.js";
import { PAGE_PICTURE } from "../ui/texts.js";
import { PICTURE } from "./texts.js";

export class PagePictures {
  #session;
  #part;
  #announce;
  /** @type {MediaStream | null} */
  #stream = null;

  /**
   * @param {{session: import("../core/session.js").ServerSession, part: (id: string) => HTMLElement,
   *   announce: (text: string) => void, signal: AbortSignal}} options
   */
  constructor({ session, part, announce, signal }) {
    this.#session = session;
    this.#part = part;
    this.#announce = announce;
    part("share").addEventListener("click", () => void this.#share(), { signal });
    signal.addEventListener("abort", () => this.destroy());
  }

  /** Offers the question, if there are pages. @param {boolean} pages */
  offer(pages) {
    this.#part("page-picture").hidden = !pages;
    if (pages && !(/** @type {any} */ (navigator.mediaDevices)?.getDisplayMedia)) this.#say(PAGE_PICTURE.problems.unsupported, true);
  }

  /**
   * While the page is shown. Nothing, if no tab is shared.
   * @param {{name: string, site: import("./site.js").Site, recording: string}} shown
   * @returns {() => Promise<void>} ends it, and resolves when the recording has the picture
   */
  watch({ name, site, recording }) {
    const stream = this.#stream;
    if (!stream?.active) return async () => {};
    const session = this.#session;
    const picture = new PagePicture({ look: () => (document.hidden ? null : site.seen), layout: () => session.layout });
    const keeper = new PictureKeeper({ session, picture, server: window.location.href, name, recording });
    picture.show(stream.clone());
    return async () => {
      picture.destroy();
      await keeper.sent();
      keeper.destroy();
    };
  }

  destroy() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
  }

  async #share() {
    try {
      const stream = await shareTab();
      this.destroy();
      this.#stream = stream;
      this.#say(PICTURE.kept, true);
    } catch (error) {
      this.#say(error instanceof ShareError ? PAGE_PICTURE.problems[error.code] : /** @type {Error} */ (error).message, false);
    }
  }

  /** @param {string} words @param {boolean} settled there is nothing more to press */
  #say(words, settled) {
    this.#part("share").hidden = settled;
    this.#part("share-words").textContent = words;
    this.#announce(words);
  }
}
