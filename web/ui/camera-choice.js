/** The list of cameras, shown if there is more than one. */
import { listCameras, rememberCamera } from "../core/sources/camera.js";
import { CAMERA } from "./texts.js";

export class CameraChoice {
  #select;
  #field;
  #deviceId = "";

  /**
   * @param {{select: HTMLSelectElement, field?: HTMLElement, chosen: () => void, signal: AbortSignal}} options
   *   field: hidden if there is one camera, by default the select itself; chosen: called to open another camera
   */
  constructor({ select, field = select, chosen, signal }) {
    this.#select = select;
    this.#field = field;
    field.hidden = true;
    select.addEventListener(
      "change",
      () => {
        rememberCamera(select.value);
        chosen();
      },
      { signal },
    );
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.show(this.#deviceId), { signal });
  }

  /** @param {string} deviceId of the camera in use */
  async show(deviceId) {
    this.#deviceId = deviceId;
    const cameras = await listCameras();
    // A source that is no camera (the demo, a file) has no choice.
    this.#field.hidden = cameras.length < 2 || !cameras.some((camera) => camera.deviceId === deviceId);
    this.#select.replaceChildren(
      ...cameras.map((camera, index) => new Option(camera.label || CAMERA.numbered(index + 1), camera.deviceId)),
    );
    this.#select.value = deviceId;
  }
}
