/** The list of cameras. */
import { chosenCamera, listCameras, rememberCamera } from "../core/sources/camera.js";
import { h } from "./dom.js";
import { CAMERA } from "./texts.js";

export class CameraChoice {
  #select;
  #field;
  #failed;
  #deviceId = "";

  /**
   * @param {{select: HTMLSelectElement, field?: HTMLElement, failed?: boolean, chosen: () => void, signal: AbortSignal}} options
   *   field: hidden if there is nothing to choose, by default the select itself; failed: no camera is open, so each one is a
   *   choice; chosen: called to open another camera
   */
  constructor({ select, field = select, failed = false, chosen, signal }) {
    this.#select = select;
    this.#field = field;
    this.#failed = failed;
    field.hidden = true;
    select.addEventListener(
      "change",
      () => {
        if (!select.value) return;
        rememberCamera(select.value);
        chosen();
      },
      { signal },
    );
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.show(this.#deviceId), { signal });
  }

  /** @param {string} deviceId of the camera in use, or of the one that failed */
  async show(deviceId) {
    this.#deviceId = deviceId;
    // Before the permission, a browser hides which cameras there are.
    const cameras = (await listCameras().catch(() => [])).filter((camera) => camera.deviceId !== "");
    const known = cameras.some((camera) => camera.deviceId === deviceId);
    // A source that is no camera (the demo, a file) has no choice.
    this.#field.hidden = this.#failed ? cameras.length === 0 || (known && cameras.length === 1) : cameras.length < 2 || !known;
    const options = cameras.map((camera, index) => new Option(camera.label || CAMERA.numbered(index + 1), camera.deviceId));
    // What was tried is no choice: Try again does that.
    const others = this.#failed ? options.filter((option) => option.value !== deviceId) : options;
    this.#select.replaceChildren(...(this.#failed ? [h("option", { value: "" }, CAMERA.choose)] : []), ...others);
    this.#select.value = this.#failed ? "" : deviceId;
  }

  /** After an error: offers all cameras except the one that was chosen last. */
  offer() {
    return this.show(chosenCamera());
  }
}
