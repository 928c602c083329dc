/**
 * The time line: lanes of events below a scale, with a line at the present moment. A person drags to any time, and zooms. The
 * lanes are drawn only when they change; a running replay moves the line only.
 *
 * @typedef {import("./lanes.js").Lane} Lane
 * @typedef {import("./spans.js").Range} Range
 */
import { h } from "../../ui/dom.js";
import { clock } from "../describe.js";
import { REPLAY } from "../texts.js";
import { barsOf, shifted, ticks, zoomed } from "./spans.js";
import { between } from "./time-index.js";

const SCALE_PX = 22;
const LANE_PX = 20;
const GAP_PX = 4;
const LEAST_TICK_PX = 74;
const ZOOM_STEP = 1.6;
const COLOURS = /** @type {Record<string, string>} */ ({
  fixation: "--accent", saccade: "--dot", blink: "--muted", lost: "--bad", shown: "--accent-soft", mark: "--dot", line: "--line", ink: "--ink", muted: "--muted",
});

export class TimeLine extends EventTarget {
  #names = h("ul", { className: "lane-names" });
  #plot;
  #canvas = h("canvas", { "aria-hidden": "true" });
  #head = h("div", { className: "play-head" });
  #context;
  /** @type {Lane[]} */
  #lanes = [];
  /** @type {Range} */
  #whole = { from: 0, to: 1 };
  /** @type {Range} */
  #range = { from: 0, to: 1 };
  #time = 0;
  #width = 0;
  #observer;

  /** Emits `seek` with a time in ms. @param {{root: HTMLElement, signal: AbortSignal}} options */
  constructor({ root, signal }) {
    super();
    this.#context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    this.#plot = h("div", { className: "plot", tabIndex: 0, role: "slider", ariaLabel: REPLAY.time, ariaValueMin: "0" }, this.#canvas, this.#head);
    root.replaceChildren(this.#names, this.#plot);
    this.#observer = new ResizeObserver(([entry]) => {
      this.#width = entry.contentRect.width;
      this.#draw();
    });
    this.#observer.observe(this.#plot);
    signal.addEventListener("abort", () => this.#observer.disconnect());
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      window.matchMedia(query).addEventListener("change", () => this.#draw(), { signal });
    }
    this.#bindPointer(signal);
  }

  /** @param {readonly Lane[]} lanes @param {number} durationMs */
  show(lanes, durationMs) {
    this.#lanes = [...lanes];
    this.#whole = this.#range = { from: 0, to: Math.max(1, durationMs) };
    this.#plot.ariaValueMax = (durationMs / 1000).toFixed(1);
    this.#names.replaceChildren(...lanes.map(({ name, person }) => nameOf(name, person)));
    this.#plot.style.height = `${SCALE_PX + lanes.length * (LANE_PX + GAP_PX)}px`;
    this.#draw();
  }

  set time(/** @type {number} */ time) {
    this.#time = time;
    const length = this.#range.to - this.#range.from;
    // The next page, when the replay has left this one.
    if (time > this.#range.to || time < this.#range.from) this.#setRange(shifted(this.#range, time - this.#range.from - 0.05 * length, this.#whole));
    this.#place();
    const now = (time / 1000).toFixed(1);
    if (now === this.#plot.ariaValueNow) return; // most frames: writing it costs more than all else
    this.#plot.ariaValueNow = now;
    this.#plot.ariaValueText = REPLAY.timeOf(clock(time), clock(this.#whole.to));
  }

  /** @param {1 | -1 | 0} direction 1: nearer; 0: all of the time */
  zoom(direction) {
    if (direction === 0) this.#setRange(this.#whole);
    else this.#setRange(zoomed(this.#range, ZOOM_STEP ** -direction, this.#time, this.#whole));
  }

  /** @param {AbortSignal} signal */
  #bindPointer(signal) {
    const seek = (/** @type {PointerEvent} */ event) => this.dispatchEvent(new CustomEvent("seek", { detail: this.#timeAt(event.clientX) }));
    this.#plot.addEventListener(
      "pointerdown",
      (event) => {
        if (event.button !== 0) return;
        this.#plot.setPointerCapture(event.pointerId);
        this.#plot.focus({ preventScroll: true });
        event.preventDefault();
        seek(event);
      },
      { signal },
    );
    this.#plot.addEventListener("pointermove", (event) => this.#plot.hasPointerCapture(event.pointerId) && seek(event), { signal });
    this.#plot.addEventListener(
      "wheel",
      (event) => {
        const sideways = event.shiftKey ? event.deltaY : event.deltaX;
        if (event.ctrlKey) this.#setRange(zoomed(this.#range, event.deltaY > 0 ? 1.15 : 1 / 1.15, this.#timeAt(event.clientX), this.#whole));
        else if (sideways) this.#setRange(shifted(this.#range, (sideways / this.#width) * (this.#range.to - this.#range.from), this.#whole));
        else return;
        event.preventDefault();
      },
      { signal, passive: false },
    );
  }

  /** @param {number} clientX @returns {number} ms */
  #timeAt(clientX) {
    const { left, width } = this.#canvas.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (clientX - left) / width));
    return this.#range.from + share * (this.#range.to - this.#range.from);
  }

  /** @param {Range} range */
  #setRange(range) {
    if (range.from === this.#range.from && range.to === this.#range.to) return;
    this.#range = range;
    this.#draw();
  }

  #place() {
    const x = ((this.#time - this.#range.from) / (this.#range.to - this.#range.from)) * this.#width;
    this.#head.style.transform = `translateX(${x.toFixed(1)}px)`;
  }

  #draw() {
    if (!this.#width) return;
    const ratio = window.devicePixelRatio;
    const height = SCALE_PX + this.#lanes.length * (LANE_PX + GAP_PX);
    this.#canvas.width = Math.round(this.#width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    const context = this.#context;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(this.#plot);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(COLOURS[name]);
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (const time of ticks(this.#range, this.#width, LEAST_TICK_PX)) {
      const x = this.#x(time);
      context.fillStyle = colour("line");
      context.fillRect(x, SCALE_PX - 5, 1, height);
      context.fillStyle = colour("muted");
      const label = wholeSeconds(clock(time));
      if (x + 4 + context.measureText(label).width < this.#width) context.fillText(label, x + 4, 8);
    }
    this.#lanes.forEach((lane, i) => this.#drawLane(lane, SCALE_PX + i * (LANE_PX + GAP_PX) + GAP_PX / 2, colour));
    this.#place();
  }

  /** @param {Lane} lane @param {number} top px @param {(name: string) => string} colour */
  #drawLane({ bars, marks }, top, colour) {
    const context = this.#context;
    for (const { spans, look, colour: own } of bars) {
      context.fillStyle = own ?? colour(look);
      for (const { x, width } of barsOf(spans, this.#range, this.#width)) {
        if (look === "lost") this.#hatch(x, top, width, colour("lost"));
        else {
          const inset = look === "fixation" || look === "shown" ? 2 : 5;
          context.fillRect(x, top + inset, look === "shown" ? width - 1.5 : width, LANE_PX - 2 * inset); // stimuli follow each other without a gap
        }
      }
      if (look === "shown") this.#write(/** @type {any} */ (spans), top, colour("ink"));
    }
    this.#drawMarks(marks, top, colour, bars.length === 0);
  }

  /** Lost data are hatched: they are no event, and are distinct without colours. @param {number} x @param {number} top @param {number} width @param {string} colour */
  #hatch(x, top, width, colour) {
    const context = this.#context;
    context.save();
    context.beginPath();
    context.rect(x, top + 2, width, LANE_PX - 4);
    context.clip();
    context.strokeStyle = colour;
    context.lineWidth = 1.2;
    context.beginPath();
    for (let at = Math.floor((x - LANE_PX) / 5) * 5; at < x + width; at += 5) {
      context.moveTo(at, top + LANE_PX - 2);
      context.lineTo(at + LANE_PX - 4, top + 2);
    }
    context.stroke();
    context.strokeRect(x, top + 2, width, LANE_PX - 4);
    context.restore();
  }

  /** The names of the stimuli, where there is room. @param {{start: number, end: number, name: string}[]} shown @param {number} top @param {string} ink */
  #write(shown, top, ink) {
    this.#context.fillStyle = ink;
    for (const { start, end, name } of shown) {
      const [left, right] = [Math.max(0, this.#x(start)), Math.min(this.#width, this.#x(end))];
      if (this.#context.measureText(name).width + 10 < right - left) this.#context.fillText(name, left + 5, top + LANE_PX / 2 + 0.5);
    }
  }

  /** @param {readonly import("./lanes.js").Mark[]} marks @param {number} top @param {(name: string) => string} colour @param {boolean} named */
  #drawMarks(marks, top, colour, named) {
    const context = this.#context;
    const [first, after] = between(marks.map(({ time }) => time), this.#range.from, this.#range.to);
    let free = -1;
    for (const { time, label } of marks.slice(first, after)) {
      const x = this.#x(time);
      context.fillStyle = colour("mark");
      context.beginPath();
      context.moveTo(x, top + (named ? 2 : 0));
      context.lineTo(x + 6, top + 5);
      context.lineTo(x, top + 9);
      context.fill();
      context.fillRect(x - 0.5, top, 1.5, LANE_PX);
      if (!named || x < free) continue;
      context.fillStyle = colour("ink");
      context.fillText(label, x + 9, top + LANE_PX / 2);
      free = x + context.measureText(label).width + 16;
    }
  }

  /** @param {number} time */
  #x(time) {
    return ((time - this.#range.from) / (this.#range.to - this.#range.from)) * this.#width;
  }
}

/** @param {string} time such as 0:05.0 */
const wholeSeconds = (time) => time.replace(/\.0$/, "");

/** @param {string} name @param {import("../people.js").Person} [person] */
function nameOf(name, person) {
  if (!person) return h("li", {}, name);
  const number = h("span", { className: "number" }, String(person.number));
  Object.assign(number.style, { background: person.colour, color: person.ink });
  return h("li", { title: name }, number, h("span", {}, name));
}
