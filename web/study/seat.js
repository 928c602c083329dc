/** The camera and the view before the dots: opens the camera, or explains why it can't, and waits until the dots are wanted. */
import { listen } from "../core/events.js";
import { CameraChoice } from "../ui/camera-choice.js";
import { explainCameraError, showCameraProblem } from "../ui/camera-problem.js";
import { fill } from "../ui/dom.js";
import { PositioningView } from "../ui/positioning.js";
import { SEAT } from "./texts.js";

export class Seat {
  #session;
  #views;
  #part;
  #announce;
  #position;
  #choice;
  #others;
  #tried = false;

  /**
   * @param {{session: import("../core/session.js").ServerSession, position: PositioningView, views: import("./views.js").Views,
   *   part: (id: string) => HTMLElement, announce: (text: string) => void, signal: AbortSignal}} options
   */
  constructor({ session, position, views, part, announce, signal }) {
    this.#session = session;
    this.#views = views;
    this.#part = part;
    this.#announce = announce;
    this.#position = position;
    const chosen = () => void this.open();
    const select = /** @type {HTMLSelectElement} */ (part("camera-select"));
    const others = /** @type {HTMLSelectElement} */ (part("problem-camera"));
    this.#choice = new CameraChoice({ select, field: part("camera-field"), chosen, signal });
    this.#others = new CameraChoice({ select: others, field: part("problem-field"), failed: true, chosen, signal });
    part("try-again").addEventListener("click", chosen, { signal });
    listen(session, "message", (message) => {
      if (message.type === "gaze" && views.now === "positioning") position.update(message, session.feed.picture);
    }, signal);
  }

  /** Opens the camera and shows its picture, or why there is none. */
  async open() {
    const { feed } = this.#session;
    try {
      if (!(await this.#session.openCamera())) return;
    } catch (error) {
      this.#explain(error);
      return;
    }
    feed.setSending(true);
    this.#session.open();
    this.show("");
    await this.#choice.show(feed.deviceId);
  }

  /** @param {string} problem of the dots before, or empty */
  show(problem) {
    this.#position.reset();
    fill(this.#part("seat-problem"), problem);
    this.#views.show("positioning");
    this.#announce(problem || (this.#tried ? "" : SEAT.hint));
    this.#tried = true;
  }

  /** @param {unknown} error */
  #explain(error) {
    const problem = explainCameraError(error);
    this.#session.feed.close();
    showCameraProblem(problem, this.#part);
    void this.#others.offer();
    this.#views.show("camera-error");
    this.#announce(problem.title);
  }
}
