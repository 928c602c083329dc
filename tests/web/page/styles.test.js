import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

const WEB = new URL("../../../web/", import.meta.url);
/** The plugin's texts have sizes in px, because a site may set any size for its root element. */
const IN_PX = ["plugin/plugin.css"];

test("the layout follows the size of the text: media queries have no widths and heights in px", () => {
  const names = readdirSync(WEB, { recursive: true }).map((name) => name.replaceAll("\\", "/")).filter((name) => name.endsWith(".css"));
  for (const folder of ["css/", "example/", "lab/css/", "study/"]) assert.ok(names.some((name) => name.startsWith(folder)), folder);
  for (const name of names.filter((name) => !IN_PX.includes(name))) {
    const queries = readFileSync(new URL(name, WEB), "utf8").match(/@media[^{]*/g) ?? [];
    assert.deepEqual(queries.filter((query) => /(width|height):\s*[\d.]+px/.test(query)), [], name);
  }
});
