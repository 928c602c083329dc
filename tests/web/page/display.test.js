import assert from "node:assert/strict";
import test from "node:test";

import { DEFAULTS, DisplaySettings, readDisplay } from "../../../web/page/display.js";

test("without remembered settings, the defaults hold", () => {
  assert.deepEqual(readDisplay(""), DEFAULTS);
});

test("each value that can't be used has its default", () => {
  for (const text of ["not JSON", "null", "[]", '"text"', '{"dotPx":"20","ring":1}', '{"dotPx":7}', '{"dotPx":61}', '{"dotPx":null}', '{"smoothing":"most"}', '{"smoothing":[]}']) {
    assert.deepEqual(readDisplay(text), DEFAULTS, text);
  }
  assert.deepEqual(readDisplay('{"dotPx":20,"ring":"no","smoothing":"none","other":1}'), { ...DEFAULTS, dotPx: 20, smoothing: "none" });
});

test("a change is reported, and holds until the next one", () => {
  const settings = new DisplaySettings();
  let changes = 0;
  settings.addEventListener("change", () => (changes += 1));
  settings.set({ ring: false });
  settings.set({ dotPx: 30 });
  settings.set({ dotPx: 1000 });
  assert.equal(changes, 3);
  assert.deepEqual(settings.values, { ...DEFAULTS, ring: false });
});
