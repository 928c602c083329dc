/**
 * The gaze of each person over the stimulus: the point, the radius of its expected error, and where it was just before. Drawn at
 * each frame, so only what belongs to the moment is looked up.
 *
 * @typedef {import("./track.js").Track} Track
 * @typedef {import("../people.js").Person} Person
 * @typedef {{person: Person, track: Track}} Shown
 */
import { spanAt } from "./spans.js";
import { between } from "./time-index.js";
import { pointAt } from "./track.js";

const TRAIL_MS = 700;
/** The trail fades in this many steps. */
const FADES = 7;
const DOT_PX = 7;

export class GazeLayer {
  #canvas;
  #context;
  #width = 0;
  #height = 0;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  }

  /** @param {number} width @param {number} height CSS px */
  resize(width, height) {
    const ratio = window.devicePixelRatio;
    [this.#width, this.#height] = [width, height];
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  /** @param {readonly Shown[]} people @param {number} time ms @param {{radius: boolean, trail: boolean}} options */
  draw(people, time, { radius, trail }) {
    this.#context.clearRect(0, 0, this.#width, this.#height);
    if (people.length === 1) this.#target(people[0].track, time);
    if (trail) for (const shown of people) this.#trail(shown, time);
    for (const { person, track } of people) {
      const index = pointAt(track, time);
      if (index < 0) continue;
      const [x, y] = [track.x[index] * this.#width, track.y[index] * this.#height];
      if (radius) this.#ring(x, y, track.radius[index] * this.#width, person);
      this.#dot(x, y, person, people.length > 1);
    }
  }

  /** The dot of a calibration or a validation that the person was to look at. @param {Track} track @param {number} time */
  #target({ targets }, time) {
    const index = spanAt(targets, time);
    if (index < 0) return;
    const context = this.#context;
    context.lineWidth = 2;
    context.strokeStyle = "#575d67";
    for (const radius of [9, 2]) {
      context.beginPath();
      context.arc(targets[index].x * this.#width, targets[index].y * this.#height, radius, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  /** @param {Shown} shown @param {number} time */
  #trail({ person, track }, time) {
    const context = this.#context;
    const [first, after] = between(track.times, time - TRAIL_MS, time);
    context.lineCap = context.lineJoin = "round";
    for (const [width, colour] of /** @type {[number, string][]} */ ([[4.5, "#ffffff"], [2.5, person.colour]])) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      for (let fade = 0; fade < FADES; fade += 1) {
        const from = first + Math.floor((fade * (after - first)) / FADES);
        const to = first + Math.floor(((fade + 1) * (after - first)) / FADES);
        context.globalAlpha = (fade + 1) / (FADES + 1);
        context.beginPath();
        let drawing = false;
        for (let i = from; i <= Math.min(to, after - 1); i += 1) {
          const lost = Number.isNaN(track.x[i]);
          if (!lost) context[drawing ? "lineTo" : "moveTo"](track.x[i] * this.#width, track.y[i] * this.#height);
          drawing = !lost;
        }
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }

  /** @param {number} x @param {number} y @param {number} radius px @param {Person} person */
  #ring(x, y, radius, person) {
    const context = this.#context;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.globalAlpha = 0.14;
    context.fillStyle = person.colour;
    context.fill();
    context.globalAlpha = 1;
    for (const [width, colour] of /** @type {[number, string][]} */ ([[4, "rgb(255 255 255 / 70%)"], [2, person.colour]])) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
  }

  /** @param {number} x @param {number} y @param {Person} person @param {boolean} numbered */
  #dot(x, y, person, numbered) {
    const context = this.#context;
    context.beginPath();
    context.arc(x, y, numbered ? DOT_PX + 3 : DOT_PX, 0, 2 * Math.PI);
    context.fillStyle = person.colour;
    context.fill();
    context.lineWidth = 2.5;
    context.strokeStyle = "#ffffff";
    context.stroke();
    context.lineWidth = 1;
    context.strokeStyle = "rgb(0 0 0 / 55%)";
    context.beginPath();
    context.arc(x, y, (numbered ? DOT_PX + 3 : DOT_PX) + 1.7, 0, 2 * Math.PI);
    context.stroke();
    if (!numbered) return;
    context.font = "700 12px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = person.ink;
    context.fillText(String(person.number), x, y + 0.5);
  }
}
