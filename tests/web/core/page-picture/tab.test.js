import assert from "node:assert/strict";
import test from "node:test";

import { problemOf, sourceOf } from "../../../../web/core/page-picture/tab.js";

const SCREEN = { width: 1920, height: 1080 };
const LAYOUT = { ...SCREEN, viewport: { x: 10, y: 90, width: 1800, height: 900 }, scale: 1.5 };
const track = (settings, handle) => ({ getSettings: () => settings, ...(handle !== undefined && { getCaptureHandle: () => handle }) });

test("this tab is accepted, and another one is not", () => {
  const tab = { displaySurface: "browser", width: 1280, height: 720 };
  assert.equal(problemOf(track(tab, { handle: "mine" }), "mine", SCREEN), null);
  assert.equal(problemOf(track(tab, { handle: "of another page" }), "mine", SCREEN), "other");
  assert.equal(problemOf(track(tab, null), "mine", SCREEN), "other");
  assert.equal(problemOf(track(tab), "mine", SCREEN), null, "a browser that does not say it");
});

test("the whole screen is accepted, also by a browser that does not say what was chosen; a window is not", () => {
  assert.equal(problemOf(track({ displaySurface: "monitor" }), "mine", SCREEN), null);
  assert.equal(problemOf(track({ displaySurface: "window", width: 1920, height: 1080 }), "mine", SCREEN), "window");
  assert.equal(problemOf(track({ width: 3840, height: 2160 }), "mine", SCREEN), null);
  assert.equal(problemOf(track({ width: 1400, height: 900 }), "mine", SCREEN), "window");
});

test("a tab begins at its corner, in the pixels of the screen", () => {
  assert.deepEqual(sourceOf({ displaySurface: "browser" }, { width: 2560, height: 1440 }, LAYOUT, 1280), { x: 0, y: 0, pxPerPx: 2 });
});

test("in a picture of the screen, the page lies where the window is", () => {
  const source = sourceOf({ displaySurface: "monitor" }, { width: 3840, height: 2160 }, LAYOUT, 1200);
  assert.deepEqual(source, { x: 20, y: 180, pxPerPx: 3 });
});
