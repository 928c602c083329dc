/**
 * The webcam as a frame source, and its errors in plain words.
 *
 * @typedef {object} FrameSource what the page needs of a camera; `demo-source.js` is the other one
 * @property {string} label for people
 * @property {number | null} hfovDeg horizontal field of view, if known
 * @property {() => Promise<MediaStream>} open
 * @property {() => void} destroy gives the device back
 */

const REMEMBERED_DEVICE = "sightline.camera";

/**
 * @typedef {{name: string, title: string, steps: string[]}} CameraProblem
 * @type {Record<string, {title: string, steps: string[]}>}
 */
const PROBLEMS = {
  NotAllowedError: {
    title: "The camera is blocked for this page",
    steps: [
      "Press the camera or lock symbol beside the address and set Camera to Allow.",
      "On a Mac or in Windows, also check that the browser itself may use the camera (privacy settings of the system).",
      "Then press Try again.",
    ],
  },
  NotFoundError: {
    title: "No camera was found",
    steps: [
      "Plug a webcam in, or switch the built-in one on (some laptops have a key or a shutter for it).",
      "In a remote desktop or virtual machine, pass the camera through to it.",
      "Then press Try again.",
    ],
  },
  NotReadableError: {
    title: "Another program is using the camera",
    steps: [
      "Close video calls, camera apps and other browser tabs that show your picture.",
      "If that does not help, unplug the camera and plug it in again, or restart the browser.",
      "Then press Try again.",
    ],
  },
  OverconstrainedError: {
    title: "The camera cannot do what the page asked for",
    steps: ["The camera chosen last time may be gone.", "Press Try again: the page will take any camera it finds."],
  },
  InsecureContextError: {
    title: "This address may not use the camera",
    steps: [
      "Browsers give the camera only to pages from this very machine (localhost) or over https.",
      "On the machine that runs Sightline, open the localhost address that the server printed.",
      "From another machine, put the server behind https.",
    ],
  },
  EndedError: {
    title: "The camera stopped",
    steps: ["It was unplugged, or another program took it.", "Plug it in again, then press Try again."],
  },
  DemoError: {
    title: "The demo person could not be loaded",
    steps: [
      "The pictures belong in the folder web/demo/person of this server; check that they are there.",
      "You can still use your own camera: leave the demo with the link below.",
    ],
  },
};

/** @param {unknown} error @returns {CameraProblem} */
export function explainCameraError(error) {
  const { name = "Error", message = "" } = /** @type {{name?: string, message?: string}} */ (error ?? {});
  const alias = { SecurityError: "NotAllowedError", AbortError: "NotReadableError", DevicesNotFoundError: "NotFoundError" };
  const known = PROBLEMS[/** @type {any} */ (alias)[name] ?? name];
  if (known) return { name, ...known };
  return { name, title: "The camera could not be started", steps: [message || name, "Press Try again, or restart the browser."] };
}

/** An error with one of the names above that no browser throws itself. */
export class SourceError extends Error {
  /** @param {string} name @param {string} message */
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

/** @returns {Promise<MediaDeviceInfo[]>} cameras; labels are empty before the permission */
export async function listCameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter((device) => device.kind === "videoinput");
}

/** @param {string} deviceId */
export function rememberCamera(deviceId) {
  try {
    localStorage.setItem(REMEMBERED_DEVICE, deviceId);
  } catch {
    // Storage is switched off: the choice then lasts until the page is closed.
  }
}

function rememberedCamera() {
  try {
    return localStorage.getItem(REMEMBERED_DEVICE);
  } catch {
    return null;
  }
}

/** @implements {FrameSource} */
export class CameraSource extends EventTarget {
  /** @type {MediaStream | null} */
  #stream = null;
  #destroyed = false;
  hfovDeg = null;

  get label() {
    return this.#stream?.getVideoTracks()[0]?.label ?? "";
  }

  get deviceId() {
    return this.#stream?.getVideoTracks()[0]?.getSettings().deviceId ?? "";
  }

  async open() {
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new SourceError("InsecureContextError", "the browser offers no camera to this address");
    }
    const deviceId = rememberedCamera();
    let stream;
    try {
      stream = await this.#request(deviceId);
    } catch (error) {
      const name = /** @type {Error} */ (error).name;
      if (!deviceId || (name !== "OverconstrainedError" && name !== "NotFoundError")) throw error;
      stream = await this.#request(null);
    }
    if (this.#destroyed) {
      stream.getTracks().forEach((track) => track.stop());
      throw new DOMException("the source was given back while opening", "AbortError");
    }
    this.#stream = stream;
    stream.getVideoTracks()[0].addEventListener("ended", () => this.dispatchEvent(new Event("ended")));
    return stream;
  }

  destroy() {
    this.#destroyed = true;
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
  }

  /** @param {string | null} deviceId */
  #request(deviceId) {
    return navigator.mediaDevices.getUserMedia({
      audio: false,
      video: {
        ...(deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" }),
        width: { ideal: 1280 },
        height: { ideal: 720 },
        frameRate: { ideal: 30 },
      },
    });
  }
}
