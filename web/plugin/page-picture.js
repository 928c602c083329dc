/**
 * The picture of the page under test: asked for in the dialog or by a button of the page, put together while the person scrolls,
 * and given to the recordings of this session.
 */
import { PictureKeeper } from "../core/page-picture/keeper.js";
import { PagePicture } from "../core/page-picture/picture.js";
import { ShareError } from "../core/page-picture/tab.js";
import { PAGE_PICTURE } from "../ui/texts.js";
import { GazeError } from "./errors.js";

export class OwnPicture {
  #dialog;
  #picture;
  #keeper;

  /**
   * @param {{name: string, server: string, session: import("../core/session.js").ServerSession,
   *   dialog: import("./dialog.js").Dialog}} options name: of the page as a stimulus
   */
  constructor({ name, server, session, dialog }) {
    this.#dialog = dialog;
    this.#picture = new PagePicture({ look: () => this.#look(), layout: () => session.layout });
    this.#keeper = new PictureKeeper({ session, picture: this.#picture, server, name });
    this.#keeper.addEventListener("failed", (event) => {
      console.warn(`GazeSession: the picture of the page was not kept: ${/** @type {CustomEvent} */ (event).detail}`);
    });
  }

  /** Has the browser ask the person, who must have pressed something. Rejects with the code `picture`. */
  async share() {
    try {
      await this.#picture.share();
    } catch (error) {
      const words = error instanceof ShareError ? PAGE_PICTURE.problems[error.code] : /** @type {Error} */ (error).message;
      throw new GazeError("picture", words, { cause: error });
    }
  }

  /** Resolves when the newest picture is sent, or could not be. */
  sent() {
    return this.#keeper.sent();
  }

  destroy() {
    this.#keeper.destroy();
    this.#picture.destroy();
  }

  /** @returns {import("../core/page-picture/picture.js").Seen | null} */
  #look() {
    const pinched = Math.abs((window.visualViewport?.scale ?? 1) - 1) > 0.01;
    if (document.hidden || this.#dialog.open || pinched) return null;
    const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
    const [x, y] = [window.scrollX, window.scrollY];
    // Without the scroll bars. In quirks mode, clientHeight is that of the whole page.
    const [width, height] = [Math.min(window.innerWidth, clientWidth), Math.min(window.innerHeight, clientHeight)];
    const covered = this.#dialog.besides.map((box) => ({ x: x + box.x, y: y + box.y, width: box.width, height: box.height }));
    return { page: { width: scrollWidth, height: scrollHeight }, view: { x, y, width, height }, left: 0, top: 0, covered };
  }
}
