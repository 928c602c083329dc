import assert from "node:assert/strict";
import test from "node:test";

import { rectangle } from "../../../web/plugin/page-under-test.js";

const layout = { width: 1920, height: 1080, viewport: { x: 10, y: 85, width: 1600, height: 900 }, scale: 1 };

test("a page that is scrolled down moves up", () => {
  const place = rectangle({ scrollWidth: 1600, scrollHeight: 5000 }, { scrollX: 0, scrollY: 1200.25 }, layout);
  assert.deepEqual(place, { x_px: 10, y_px: -1115.2, width_px: 1600, height_px: 5000 });
});

test("with a page zoom, the rectangle is in pixels of the screen", () => {
  const place = rectangle({ scrollWidth: 800, scrollHeight: 2500 }, { scrollX: 0, scrollY: 600 }, { ...layout, scale: 2 });
  assert.deepEqual(place, { x_px: 10, y_px: -1115, width_px: 1600, height_px: 5000 });
});

test("a page is never larger than the server accepts, and never empty", () => {
  const place = rectangle({ scrollWidth: 0, scrollHeight: 500_000 }, { scrollX: 0, scrollY: 400_000 }, layout);
  assert.deepEqual(place, { x_px: 10, y_px: -100_000, width_px: 1, height_px: 100_000 });
});
