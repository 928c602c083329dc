import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

const WEB = new URL("../../../web/", import.meta.url);
const MODULES = ["core", "example", "lab", "page", "plugin", "study", "ui"];
/** Shown beside a `kbd` or in a list of keys, which the styles hide, or only after a key was pressed. */
const WITH_A_KEYBOARD = /^(HELP\.keys|KEY_NAMES|KEYS|SITTING\.stop|REPLAY\.keys|AREAS\.(crosshair|corner$))/;
const NAMES_A_KEY =
  /\b(Space|Esc|Escape|Ctrl|Shift|Insert)\b|\bEnter\b(?= (sets|on|ends|continues)|[.,])|\b[Kk]eys?:|\barrow keys|\b([Tt]he|[Aa]ny) key\b|\(([A-Z]|\?|\+|−|←|→|Ctrl\+\w+)\)/;

/** Each text of a module with its path. Functions are called with any values. */
function texts(part, path = "") {
  if (typeof part === "string") return [[path, part]];
  if (typeof part === "function") {
    try {
      return [[path, String(part("x", 3, 4))]];
    } catch {
      return [[path, String(part)]];
    }
  }
  return Object.entries(part ?? {}).flatMap(([name, inner]) => texts(inner, path ? `${path}.${name}` : name));
}

/** The paths of the texts that name a key. */
async function namingKeys(folder, pointer) {
  globalThis.matchMedia = () => ({ matches: pointer === "mouse" });
  const module = await import(`../../../web/${folder}/texts.js?${pointer}`);
  return texts({ ...module }).filter(([path, text]) => !WITH_A_KEYBOARD.test(path) && NAMES_A_KEY.test(text)).map(([path]) => path);
}

for (const folder of MODULES) {
  test(`on a touch screen, no text of ${folder} names a key`, async () => {
    assert.deepEqual(await namingKeys(folder, "touch"), []);
  });
}

test("with a keyboard, the texts name their keys", async () => {
  const named = await namingKeys("page", "mouse");
  for (const path of ["PAGE.helpKey", "TRACKING.moved", "TRACKING.pauseTitle", "STREAM.pressCopy"]) assert.ok(named.includes(path), path);
  assert.deepEqual(await namingKeys("study", "mouse"), ["CONSENT.usual", "SHOWN.textEnds.space", "SHOWN.textEnds.enter", "SHOWN.textEnds.any", "SHOWN.keyEnds"]);
});

test("one place says where a keyboard is likely", () => {
  const names = readdirSync(WEB, { recursive: true }).map((name) => name.replaceAll("\\", "/")).filter((name) => /\.(css|js|html)$/.test(name));
  const asks = names.filter((name) => /\((hover|pointer|any-hover|any-pointer): *(hover|none|fine)\)/.test(readFileSync(new URL(name, WEB), "utf8")));
  assert.deepEqual(asks, ["ui/keys.js"]);
});
