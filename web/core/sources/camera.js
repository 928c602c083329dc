/** The webcam. The chosen one is remembered on this machine. */
import { recall, remember } from "../memory.js";
import { SourceError, StreamSource } from "./stream.js";

const REMEMBERED_DEVICE = "sightline.camera";

/** @returns {Promise<MediaDeviceInfo[]>} cameras; their labels are empty before the permission */
export async function listCameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter((device) => device.kind === "videoinput");
}

/** The device chosen last; empty if none was. */
export function chosenCamera() {
  return recall(REMEMBERED_DEVICE);
}

/** @param {string} deviceId */
export function rememberCamera(deviceId) {
  remember(REMEMBERED_DEVICE, deviceId);
}

export class CameraSource extends StreamSource {
  constructor() {
    super({ make: openCamera });
  }
}

/** Opens the camera chosen last time, or any other one if that is missing. */
async function openCamera() {
  if (!navigator.mediaDevices?.getUserMedia) {
    const name = window.isSecureContext ? "UnsupportedError" : "InsecureContextError";
    throw new SourceError(name, "the browser offers no camera to this address");
  }
  if (/** @type {any} */ (document).featurePolicy?.allowsFeature("camera") === false) {
    throw new SourceError("FrameError", "the page around this one gives it no camera");
  }
  const deviceId = chosenCamera();
  try {
    return await request(deviceId);
  } catch (error) {
    const { name } = /** @type {Error} */ (error);
    if (!deviceId || (name !== "OverconstrainedError" && name !== "NotFoundError")) throw error;
    return request("");
  }
}

/** @param {string} deviceId empty: any */
function request(deviceId) {
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
