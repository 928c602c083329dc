/** The camera on the page: opens it, or explains why it can't, and lets the person choose another one. */
import { SourceError } from "../core/sources/stream.js";
import { CameraChoice } from "../ui/camera-choice.js";
import { explainCameraError, showCameraProblem } from "../ui/camera-problem.js";

export class CameraStage {
  #session;
  #page;
  #part;
  #choice;
  #others;
  #failed;
  #announce;

  /**
   * @param {{session: import("../core/session.js").ServerSession, page: import("./state.js").PageState,
   *   part: (id: string) => HTMLElement, failed: () => void, chosen: () => void,
   *   announce: (text: string) => void, signal: AbortSignal}} options
   *   failed: called when the camera's problem is shown; chosen: called to open another camera
   */
  constructor({ session, page, part, failed, chosen, announce, signal }) {
    this.#session = session;
    this.#page = page;
    this.#part = part;
    this.#failed = failed;
    this.#announce = announce;
    const select = /** @type {HTMLSelectElement} */ (part("camera-select"));
    this.#choice = new CameraChoice({ select, field: part("camera-field"), chosen, signal });
    const others = /** @type {HTMLSelectElement} */ (part("problem-camera"));
    this.#others = new CameraChoice({ select: others, field: part("problem-field"), failed: true, chosen, signal });
    this.#watchPermission(chosen, signal);
    const gone = () => this.#explain(new SourceError("EndedError", "the camera's track ended"));
    session.feed.addEventListener("ended", gone, { signal });
  }

  /** @returns {Promise<boolean>} whether there is a picture now; if not, the page shows why */
  async open() {
    const { feed } = this.#session;
    try {
      if (!(await this.#session.openCamera())) return false;
    } catch (error) {
      this.#explain(error);
      return false;
    }
    feed.setSending(true);
    await this.#choice.show(feed.deviceId);
    return true;
  }

  /** A person who allows the camera in the browser's settings needs no further press. @param {() => void} retry @param {AbortSignal} signal */
  async #watchPermission(retry, signal) {
    const name = /** @type {PermissionName} */ ("camera");
    const permission = await navigator.permissions?.query({ name }).catch(() => null); // not every browser knows this name
    const granted = () => permission?.state === "granted" && this.#page.now === "camera-error" && retry();
    permission?.addEventListener("change", granted, { signal });
  }

  /** @param {unknown} error */
  #explain(error) {
    const problem = explainCameraError(error);
    this.#session.feed.close();
    showCameraProblem(problem, this.#part);
    void this.#others.offer();
    document.body.dataset.problem = problem.name;
    this.#page.on("camera failed");
    this.#announce(problem.title);
    this.#failed();
  }
}
