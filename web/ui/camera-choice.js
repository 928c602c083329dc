/** Which camera: a list to choose from, shown while there is a choice. */
import { listCameras, rememberCamera } from "../core/sources/camera.js";
import { CAMERA } from "./texts.js";

export class CameraChoice {
  #select;
  #field;
  #deviceId = "";

  /**
   * @param {{select: HTMLSelectElement, field?: HTMLElement, chosen: () => void, signal: AbortSignal}} options
   *   field: hidden without a choice, the select itself unless given; chosen: another camera is to be opened
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
    // A source that is no camera (a demo, a file) is not exchanged for one.
    this.#field.hidden = cameras.length < 2 || !cameras.some((camera) => camera.deviceId === deviceId);
    this.#select.replaceChildren(
      ...cameras.map((camera, index) => new Option(camera.label || CAMERA.numbered(index + 1), camera.deviceId)),
    );
    this.#select.value = deviceId;
  }
}
