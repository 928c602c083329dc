/** The webcam. The chosen one is remembered on this machine. */
import { recall, remember } from "../memory.js";
import { SourceError, StreamSource } from "./stream.js";

const REMEMBERED_DEVICE = "sightline.camera";

/** @returns {Promise<MediaDeviceInfo[]>} cameras; their labels are empty before the permission */
export async function listCameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter((device) => device.kind === "videoinput");
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
    throw new SourceError("InsecureContextError", "the browser offers no camera to this address");
  }
  const deviceId = recall(REMEMBERED_DEVICE);
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
