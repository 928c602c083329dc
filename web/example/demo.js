/** `?demo` needs no camera: a rendered person looks at the dots, or else at the pointer. */
import { DemoSource } from "../core/sources/demo.js";

const pointer = { x: 0.5, y: 0.5 };

/** @returns {import("../gaze.js").FrameSource} */
export function demoSource() {
  document.addEventListener("pointermove", follow, { passive: true });
  const source = new DemoSource({ folder: "../demo/person", lookAt });
  const destroy = source.destroy.bind(source);
  source.destroy = () => {
    document.removeEventListener("pointermove", follow);
    destroy();
  };
  return /** @type {any} */ (source);
}

/** @param {PointerEvent} event */
function follow(event) {
  pointer.x = event.screenX / window.screen.width;
  pointer.y = event.screenY / window.screen.height;
}

function lookAt() {
  const target = document.querySelector("[data-sightline]")?.shadowRoot?.querySelector("#target");
  if (target instanceof HTMLElement && !target.hidden && target.dataset.x) {
    return { x: Number(target.dataset.x), y: Number(target.dataset.y) };
  }
  return pointer;
}
