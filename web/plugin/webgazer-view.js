/**
 * The elements that WebGazer shows, with its ids: the mirrored camera picture, the face on it, the box that is green when
 * the person sits well, and the gaze dot. jsPsych moves and observes these, so they are in the page itself.
 */
import { assess } from "../ui/grading.js";
import { h } from "../ui/dom.js";

/** jsPsych reads only the first of several style changes, and waits for that of the box. So all others come later. */
const LATER = (/** @type {() => void} */ act) => requestAnimationFrame(act);

export class WebgazerView {
  #params;
  #container;
  #video;
  #overlay;
  #box;
  #dot;
  #canvas;
  #destroyed = false;

  /** @param {{params: any, stream: MediaStream | null}} options params: the page may change them at any time */
  constructor({ params, stream }) {
    this.#params = params;
    this.#video = h("video", { id: params.videoElementId, muted: true, autoplay: true, playsInline: true });
    this.#overlay = h("canvas", { id: params.faceOverlayId });
    this.#box = h("div", { id: params.faceFeedbackBoxId });
    this.#canvas = h("canvas", { id: params.videoElementCanvasId });
    this.#dot = h("div", { id: params.gazeDotId });
    this.#container = h("div", { id: params.videoContainerId }, this.#video, this.#overlay, this.#box);
    Object.assign(this.#container.style, { position: "fixed", top: "0px", left: "0px", zIndex: "99998" });
    for (const part of [this.#video, this.#overlay, this.#box]) part.style.position = "absolute";
    this.#box.style.border = "solid red 2px";
    this.#box.style.boxSizing = "border-box";
    Object.assign(this.#dot.style, {
      position: "fixed", zIndex: "99999", left: "-5px", top: "-5px", width: "10px", height: "10px",
      borderRadius: "100%", background: "#e2551a", opacity: "0.75", pointerEvents: "none", display: "none",
    });
    this.#video.srcObject = stream;
    this.#video.play().catch((error) => console.info("WebgazerView: the picture did not play:", error.message));
    this.show();
    document.body.append(this.#container, this.#dot);
  }

  /** Shows or hides the parts, as the page's settings say. */
  show() {
    const { videoViewerWidth: width, videoViewerHeight: height, faceFeedbackBoxRatio, mirrorVideo } = this.#params;
    const mirrored = mirrorVideo ? "scaleX(-1)" : "none";
    const shown = (/** @type {boolean} */ on) => (on ? "block" : "none");
    Object.assign(this.#container.style, { width: `${width}px`, height: `${height}px` });
    for (const part of [this.#video, this.#overlay]) {
      Object.assign(part.style, { width: `${width}px`, height: `${height}px`, transform: mirrored });
    }
    Object.assign(this.#overlay, { width, height });
    const side = faceFeedbackBoxRatio * Math.min(width, height);
    Object.assign(this.#box.style, {
      width: `${side}px`, height: `${side}px`, left: `${(width - side) / 2}px`, top: `${(height - side) / 2}px`,
    });
    const { showVideo, showFaceOverlay, showFaceFeedbackBox, showGazeDot } = this.#params;
    this.#container.style.display = shown(showVideo || showFaceOverlay || showFaceFeedbackBox);
    this.#video.style.display = shown(showVideo);
    this.#overlay.style.display = shown(showFaceOverlay);
    this.#box.style.display = shown(showFaceFeedbackBox);
    if (!showGazeDot) this.hideDot();
  }

  /** @param {import("../gaze.js").GazePoint} point @param {{x: number, y: number} | null} shown what the dot shows */
  update(point, shown) {
    const { found, centred, distance } = assess(/** @type {any} */ (point.message));
    const good = [found, centred, distance].every(({ verdict }) => verdict === "good");
    const colour = good ? "green" : "red";
    if (this.#box.style.borderColor !== colour) this.#box.style.borderColor = colour;
    LATER(() => {
      if (this.#destroyed) return;
      this.#drawFace(point.message.face ?? null);
      if (!shown || !this.#params.showGazeDot) return this.hideDot();
      const x = Math.min(Math.max(shown.x, 0), window.innerWidth);
      const y = Math.min(Math.max(shown.y, 0), window.innerHeight);
      this.#dot.style.transform = `translate3d(${x}px, ${y}px, 0)`;
      this.#dot.style.display = "block";
    });
  }

  hideDot() {
    this.#dot.style.display = "none";
  }

  /** Draws the newest picture on the page's canvas, or on one of ours. @param {HTMLCanvasElement | null} canvas */
  draw(canvas) {
    const target = canvas ?? this.#canvas;
    Object.assign(target, { width: this.#video.videoWidth || 1, height: this.#video.videoHeight || 1 });
    target.getContext("2d")?.drawImage(this.#video, 0, 0);
    return target;
  }

  destroy() {
    this.#destroyed = true;
    this.#video.srcObject = null;
    this.#container.remove();
    this.#dot.remove();
  }

  /** @param {{box: number[], eyes: number[][]} | null} face in 0..1 of the camera's frame */
  #drawFace(face) {
    const { width, height } = this.#overlay;
    const context = this.#overlay.getContext("2d");
    if (!context || !this.#params.showFaceOverlay) return;
    context.clearRect(0, 0, width, height);
    if (!face) return;
    const [x, y, w, h] = face.box;
    context.strokeStyle = context.fillStyle = "#32eedb";
    context.lineWidth = 2;
    context.beginPath();
    context.ellipse((x + w / 2) * width, (y + h / 2) * height, (w / 2) * width, (h / 2) * height, 0, 0, 2 * Math.PI);
    context.stroke();
    for (const [eyeX, eyeY] of face.eyes) context.fillRect(eyeX * width - 3, eyeY * height - 3, 6, 6);
  }
}
