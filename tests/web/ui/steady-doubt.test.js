import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { TRACKING } from "../../../web/page/texts.js";
import { SteadyDoubt } from "../../../web/ui/steady-doubt.js";

/** What is shown after each message of a list of [doubt, ms until the next one]. */
function shown(...messages) {
  const steady = new SteadyDoubt();
  let nowMs = 0;
  return messages.map(([doubt, ms]) => {
    const now = steady.add({ valid: doubt !== null, doubt: doubt ?? undefined }, nowMs);
    nowMs += ms;
    return now;
  });
}

test("a doubt is shown after three seconds of it, and goes after three seconds without", () => {
  assert.deepEqual(shown(["", 0], ["nearer", 3000], ["nearer", 100], ["nearer", 0], ["", 3000], ["", 100], ["", 0]), [
    "", "", "", "nearer", "nearer", "nearer", "",
  ]);
});

test("a lean of a moment, and two causes in turn, do not change what is shown", () => {
  assert.deepEqual(shown(["nearer", 2000], ["", 2000], ["nearer", 2000], [undefined, 0]), ["", "", "", ""]);
  const between = [["nearer", 3200], ["nearer", 500], ["left", 2000], ["nearer", 2000], ["left", 2000], ["nearer", 0]];
  assert.deepEqual(shown(...between), ["", "nearer", "nearer", "nearer", "nearer", "nearer"]);
});

test("causes that change from message to message are a doubt all the same", () => {
  const seen = shown(...Array.from({ length: 40 }, (_, i) => [i % 2 ? "nearer" : "lower", 100]));
  assert.ok(["nearer", "lower"].includes(seen.at(-1)));
  assert.equal(new Set(seen.slice(33)).size, 1);
});

test("a blink says nothing, and a new calibration ends the doubt", () => {
  assert.deepEqual(shown(["nearer", 3000], [null, 100], ["nearer", 100], [null, 5000], ["nearer", 0]), ["", "", "nearer", "nearer", "nearer"]);
  const steady = new SteadyDoubt();
  steady.add({ valid: true, doubt: "left" }, 0);
  steady.add({ valid: true, doubt: "left" }, 4000);
  assert.equal(steady.now, "left");
  steady.reset();
  assert.equal(steady.now, "");
});

test("each cause of the protocol has a sentence that says what to do", () => {
  const schema = JSON.parse(readFileSync(new URL("../../../server/gaze.v1.schema.json", import.meta.url), "utf8"));
  const causes = schema.$defs.Gaze.properties.doubt.enum;
  assert.deepEqual(Object.keys(TRACKING.doubts).sort(), [...causes].sort());
  for (const cause of causes) assert.match(TRACKING.doubts[cause], /less accurate\. .* or recalibrate \(R\)\.$/);
});
