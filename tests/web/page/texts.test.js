import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

import * as core from "../../../web/core/texts.js";
import * as example from "../../../web/example/texts.js";
import * as lab from "../../../web/lab/texts.js";
import * as page from "../../../web/page/texts.js";
import * as study from "../../../web/study/texts.js";
import * as plugin from "../../../web/plugin/texts.js";
import { textAt } from "../../../web/ui/page-texts.js";
import * as shared from "../../../web/ui/texts.js";

const WEB = new URL("../../../web/", import.meta.url);
const read = (path) => readFileSync(new URL(path, WEB), "utf8");
const modules = (folder) => readdirSync(new URL(`${folder}/`, WEB)).filter((name) => name.endsWith(".js") && name !== "texts.js");
const code = (folders) => folders.flatMap((folder) => modules(folder).map((name) => read(`${folder}/${name}`))).join("\n");

/** Each text module with the HTML and the folders that use it. */
const PAGES = [
  { name: "page", html: "index.html", texts: { ...shared, ...page }, own: page, folders: ["page"] },
  { name: "example", html: "example/index.html", texts: example, own: example, folders: ["example"] },
  { name: "lab", html: "lab/index.html", texts: lab, own: lab, folders: ["lab", "lab/replay", "lab/pictures", "lab/areas"] },
  { name: "study", html: "study/index.html", texts: { ...shared, ...study }, own: study, folders: ["study"] },
  { name: "plugin", own: plugin, folders: ["plugin"] },
  { name: "core", own: core, folders: ["core", "calibration", "plugin", "page"] },
  { name: "shared", html: "index.html", own: shared, folders: ["ui", "calibration", "plugin", "page"] },
];

const pathsIn = (html) => [...html.matchAll(/data-text(?:-[a-z-]+)?="([^"]*)"/g)].map((match) => match[1]);

/** The paths of all texts and functions. */
function paths(texts, before = "") {
  return Object.entries(texts).flatMap(([name, part]) =>
    typeof part === "object" && !Array.isArray(part) ? paths(part, `${before}${name}.`) : [`${before}${name}`],
  );
}

for (const { name, html, texts } of PAGES.filter((it) => it.texts)) {
  test(`every text that the HTML of the ${name} names is in its module`, () => {
    const named = pathsIn(read(html));
    assert.ok(named.length > 10);
    for (const path of named) textAt(texts, path);
  });

  test(`the HTML of the ${name} has no text of its own`, () => {
    const source = read(html).replace(/<noscript>.*?<\/noscript>|<code>.*?<\/code>|<!--.*?-->/gs, "");
    const words = [...source.matchAll(/>([^<]+)</g)].map((match) => match[1]).filter((text) => /\p{L}{2}/u.test(text));
    const attributes = [...source.matchAll(/\s(?:alt|aria-label|content|placeholder|title)="([^"]*)"/g)].map((match) => match[1]);
    assert.deepEqual(words, []);
    assert.deepEqual(attributes, ["width=device-width, initial-scale=1", "light dark"]);
  });
}

for (const { name, html, own, folders } of PAGES) {
  test(`every text of the module "${name}" is used`, () => {
    const named = new Set(html ? pathsIn(read(html)) : []);
    const source = code(folders);
    // Code names a text as `GROUP.name`, or a whole group, of which it then takes what a message names.
    const isUsed = (path) => {
      const parts = path.split(".");
      const ends = parts.map((_, end) => parts.slice(0, end + 1).join("."));
      return named.has(path) || ends.some((end) => new RegExp(`\\b${end}(?![.\\w])`).test(source.replace(/^import .*$/gm, "")));
    };
    assert.deepEqual(paths(own).filter((path) => !isUsed(path)), []);
  });
}

test("the page and the plugin share no name of a group with another meaning", () => {
  assert.deepEqual(Object.keys(page).filter((name) => name in shared), []);
});

test("a path without a text is refused", () => {
  assert.throws(() => textAt(page, "WELCOME.none"), /no text WELCOME.none/);
  assert.throws(() => textAt(page, "WELCOME.steps"), /no text/);
  assert.throws(() => textAt(page, "NONE.title"), /no text/);
});
