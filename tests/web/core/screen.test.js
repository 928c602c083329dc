import assert from "node:assert/strict";
import test from "node:test";

import { coversScreen, isUnzoomed, screenCorner } from "../../../web/core/screen.js";

const HD = { width: 1920, height: 1080, availWidth: 1920, availHeight: 1080, availLeft: 0, availTop: 0, isExtended: true };

for (const [name, screen, corner] of [
  ["one monitor with bars", { availTop: 25, availHeight: 1055, isExtended: undefined }, [0, 0, true]],
  ["the first of several, with a task bar", { availHeight: 1040 }, [0, 0, true]],
  ["left of it", { availLeft: -1920 }, [-1920, 0, true]],
  ["above it", { availTop: -1080 }, [0, -1080, true]],
  ["right, 120 px lower", { availLeft: 1920, availTop: 120 }, [1920, 120, true]],
  ["left and narrow, 150 px higher", { availLeft: -1280, availTop: -150, width: 1280, height: 1024, availWidth: 1280, availHeight: 1024 }, [-1280, -150, true]],
  ["right, with a task bar below or a menu bar above", { availLeft: 1920, availTop: 25, availHeight: 1040 }, [1920, 0, false]],
  ["right and 120 px lower, with a bar", { availLeft: 1920, availTop: 120, availHeight: 1040 }, [1920, 120, false]],
  ["a browser that gives the corner", { left: 1920, top: 95, availLeft: 1920, availTop: 120, availHeight: 1055 }, [1920, 95, true]],
  ["a single monitor", { availLeft: 0, availTop: 120, availHeight: 960, isExtended: false }, [0, 0, true]],
]) {
  test(`the corner of a monitor is known unless bars may hide it: ${name}`, () => {
    const { x, y, known } = screenCorner({ ...HD, ...screen });
    assert.deepEqual([x, y, known], corner);
  });
}

for (const [name, view, unzoomed] of [
  ["no zoom", { outerWidth: 1200, innerWidth: 1200, devicePixelRatio: 1 }, true],
  ["no zoom on a screen with small pixels", { outerWidth: 1216, innerWidth: 1200, devicePixelRatio: 1.5 }, true],
  ["150 %", { outerWidth: 1200, innerWidth: 800, devicePixelRatio: 1.5 }, false],
  ["110 % in a narrow window", { outerWidth: 165, innerWidth: 150, devicePixelRatio: 1.1 }, false],
  ["67 %", { outerWidth: 1200, innerWidth: 1791, devicePixelRatio: 0.67 }, false],
  ["50 % on a screen with small pixels", { outerWidth: 1200, innerWidth: 2400, devicePixelRatio: 1 }, false],
  ["a sidebar and no zoom", { outerWidth: 1200, innerWidth: 900, devicePixelRatio: 1 }, true],
  ["a sidebar, or a zoom", { outerWidth: 1200, innerWidth: 900, devicePixelRatio: 2 }, false],
]) {
  test(`a page knows that it is not zoomed, or not: ${name}`, () => {
    assert.equal(isUnzoomed(view), unzoomed);
  });
}

test("a page covers the screen only without bars, at any zoom", () => {
  const view = { fullscreen: false, screen: HD, outerWidth: 1920, outerHeight: 1080, innerWidth: 1920, innerHeight: 1080 };
  assert.ok(coversScreen(view, 1));
  assert.ok(coversScreen({ ...view, innerWidth: 1280, innerHeight: 720 }, null), "F11 at 150 %");
  assert.ok(!coversScreen({ ...view, innerWidth: 2866, innerHeight: 1485 }, null), "a window as large as the screen at 67 %");
  assert.ok(!coversScreen({ ...view, innerWidth: 1300, innerHeight: 950 }, null), "with tools at its side");
  assert.ok(!coversScreen({ ...view, outerWidth: 1300, innerWidth: 1940, innerHeight: 1200, outerHeight: 900 }, null));
  assert.ok(coversScreen({ ...view, fullscreen: true, innerWidth: 800 }, null));
});
