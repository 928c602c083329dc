/**
 * `?demo`: a rendered person instead of the camera. The person looks at the dots and the cross; at a stimulus, at one place after
 * another for a few hundred milliseconds, more often at those that people look at.
 *
 * @typedef {import("../core/geometry.js").Point} Point
 */
import { viewportToScreen } from "../core/geometry.js";
import { DemoSource } from "../core/sources/demo.js";

const GLANCE_MIN_MS = 260;
const GLANCE_SPREAD_MS = 520;
const SCATTER = 0.012;
/** By the name of a stimulus of the example: places in 0..1 of it, the more interesting ones twice. @type {Record<string, [number, number][]>} */
const PLACES = {
  balloons: [[0.355, 0.25], [0.355, 0.25], [0.68, 0.32], [0.88, 0.18], [0.355, 0.55], [0.5, 0.8]],
  cat: [[0.4, 0.38], [0.5, 0.38], [0.45, 0.42], [0.68, 0.34], [0.45, 0.68], [0.71, 0.7]],
  cup: [[0.42, 0.52], [0.42, 0.52], [0.42, 0.22], [0.6, 0.55], [0.81, 0.8]],
  fish: [[0.7, 0.38], [0.7, 0.38], [0.7, 0.38], [0.17, 0.23], [0.4, 0.16], [0.55, 0.5], [0.42, 0.68]],
  lighthouse: [[0.69, 0.3], [0.69, 0.3], [0.69, 0.58], [0.2, 0.2], [0.4, 0.42], [0.27, 0.85]],
  mountain: [[0.49, 0.2], [0.49, 0.2], [0.73, 0.47], [0.19, 0.78], [0.2, 0.36]],
};
const ELSEWHERE = /** @type {[number, number][]} */ ([[0.5, 0.5], [0.35, 0.4], [0.65, 0.4], [0.5, 0.7], [0.3, 0.25], [0.7, 0.7]]);
const MIDDLE = { x: 0.5, y: 0.5 };

/**
 * @param {{view: import("./stimuli.js").StimulusView, layout: () => import("../core/geometry.js").ScreenLayout}} options
 * @returns {() => DemoSource}
 */
export function demoPerson({ view, layout }) {
  let glance = { name: "", point: MIDDLE, until: 0 };

  /** @param {number} nowMs @returns {Point} 0..1 of the screen */
  const lookAt = (nowMs) => {
    const target = document.querySelector("#target");
    if (target instanceof HTMLElement && !target.hidden && target.dataset.x) {
      return { x: Number(target.dataset.x), y: Number(target.dataset.y) };
    }
    const { shown } = view;
    if (!shown || !shown.box.width) return MIDDLE;
    const { name } = shown.step;
    if (name !== glance.name || nowMs >= glance.until) {
      const [x, y] = pick(PLACES[name] ?? ELSEWHERE);
      const { left, top, width, height } = shown.box;
      const place = { x: left + (x + scatter()) * width, y: top + (y + scatter()) * height };
      glance = { name, point: viewportToScreen(place, layout()), until: nowMs + GLANCE_MIN_MS + GLANCE_SPREAD_MS * Math.random() };
    }
    return glance.point;
  };
  return () => new DemoSource({ folder: "../demo/person", lookAt });
}

const scatter = () => SCATTER * 2 * (Math.random() - 0.5);

/** @template T @param {T[]} list @returns {T} */
const pick = (list) => list[Math.floor(Math.random() * list.length)];
