/** A video file instead of the camera, played in a loop. */
import { StreamSource } from "./stream.js";

/** @param {string} url @returns {() => import("./stream.js").FrameSource} */
export function fileSource(url) {
  const make = async () => {
    const video = Object.assign(document.createElement("video"), { muted: true, loop: true, playsInline: true, src: url });
    await video.play();
    return /** @type {any} */ (video).captureStream();
  };
  return () => new StreamSource({ label: "Video file", make });
}
