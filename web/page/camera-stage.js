/**
 * Brings a frame source onto the page: opens it, shows its picture, explains its errors, lets the person choose another.
 */
import { CameraSource, explainCameraError, listCameras, rememberCamera, SourceError } from "../core/camera.js";

export class CameraStage {
  #video;
  #views;
  #makeSource;
  /** @type {import("../core/camera.js").FrameSource & EventTarget & {deviceId: string} | null} */
  #source = null;
  /** @type {HTMLSelectElement | null} */
  #select = null;
  /** @type {HTMLElement | null} */
  #field = null;

  /**
   * @param {{video: HTMLVideoElement, views: import("./views.js").Views,
   *   makeSource: () => import("../core/camera.js").FrameSource & EventTarget & {deviceId: string}}} options
   */
  constructor({ video, views, makeSource }) {
    this.#video = video;
    this.#views = views;
    this.#makeSource = makeSource;
    video.addEventListener("resize", () => {
      // The marks over the picture are in shares of the frame, so the box has the frame's own shape.
      const box = video.closest(".preview");
      if (box instanceof HTMLElement && video.videoWidth) {
        box.style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
      }
    });
  }

  get hfovDeg() {
    return this.#source?.hfovDeg ?? null;
  }

  /** The camera's name, as short and printable as the server wants it. */
  get label() {
    const label = this.#source?.label ?? "";
    // A stream that a page made itself has another long random name each time.
    if (/^[\w+/=-]{30,}$/.test(label)) return "";
    return label.replace(/[^\x20-\x7e]/g, "").trim().slice(0, 64);
  }

  /** @returns {Promise<boolean>} whether there is a picture now; if not, the page shows why */
  async open() {
    this.destroy();
    const source = this.#makeSource();
    this.#source = source;
    try {
      const stream = await source.open();
      if (this.#source !== source) return false;
      this.#video.srcObject = stream;
      source.addEventListener("ended", () => {
        if (this.#source === source) this.#explain(new SourceError("EndedError", "the camera's track ended"));
      });
      // Not awaited: a camera that is slow to send its first picture must not keep the page from going on.
      this.#video.play().catch((error) => console.info("CameraStage: the preview did not play:", error.message));
      await this.#list();
      return true;
    } catch (error) {
      if (this.#source === source) this.#explain(error);
      return false;
    }
  }

  destroy() {
    this.#source?.destroy();
    this.#source = null;
    this.#video.srcObject = null;
  }

  /**
   * @param {{select: HTMLSelectElement, field: HTMLElement, restart: () => void, signal: AbortSignal}} options
   */
  bindChoice({ select, field, restart, signal }) {
    this.#select = select;
    this.#field = field;
    select.addEventListener(
      "change",
      () => {
        rememberCamera(select.value);
        restart();
      },
      { signal },
    );
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.#list(), { signal });
  }

  async #list() {
    if (!this.#select || !this.#field) return;
    const cameras = this.#source instanceof CameraSource ? await listCameras() : [];
    this.#field.hidden = cameras.length < 2;
    this.#select.replaceChildren(
      ...cameras.map((camera, index) => new Option(camera.label || `Camera ${index + 1}`, camera.deviceId)),
    );
    this.#select.value = this.#source?.deviceId ?? "";
  }

  /** @param {unknown} error */
  #explain(error) {
    const problem = explainCameraError(error);
    this.destroy();
    const by = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    by("problem-title").textContent = problem.title;
    by("problem-name").textContent = problem.name;
    by("problem-steps").replaceChildren(
      ...problem.steps.map((step) => {
        const item = document.createElement("li");
        item.textContent = step;
        return item;
      }),
    );
    document.body.dataset.problem = problem.name;
    this.#views.show("camera-error");
    this.#views.announce(problem.title);
  }
}
