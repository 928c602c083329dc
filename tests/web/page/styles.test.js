import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

const CSS = new URL("../../../web/css/", import.meta.url);

test("the layout follows the size of the text: media queries have no widths and heights in px", () => {
  for (const name of readdirSync(CSS)) {
    const queries = readFileSync(new URL(name, CSS), "utf8").match(/@media[^{]*/g) ?? [];
    assert.deepEqual(queries.filter((query) => /(width|height):\s*[\d.]+px/.test(query)), [], name);
  }
});
