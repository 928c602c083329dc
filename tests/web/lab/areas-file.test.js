import assert from "node:assert/strict";
import test from "node:test";

import { areaOf, contentsOf, copyOf, fileOf, freeName, nameFrom, readFile, shapeOf, spanOf } from "../../../web/lab/areas/areas-file.js";

const SIZE = { width: 800, height: 400 };
const FACE = { name: "face", shape: "rectangle", points: [[0.1, 0.2], [0.4, 0.6]] };
const list = (areas) => JSON.stringify({ areas });
const HILL = { name: "hill", shape: "polygon", points: [[0, 1], [0.5, 0.5], [1, 1]] };

test("a shape in px and its area in units of the stimulus are the same", () => {
  for (const area of [FACE, { ...FACE, shape: "ellipse" }, HILL]) assert.deepEqual(areaOf(area.name, shapeOf(area, SIZE), SIZE), area);
  assert.deepEqual(shapeOf({ ...FACE, points: [[0.4, 0.6], [0.1, 0.2]] }, SIZE), shapeOf(FACE, SIZE));
});

test("a file that was saved is read as it was", () => {
  assert.deepEqual(readFile(fileOf({ "": [HILL], cat: [FACE, HILL], fish: [] })), { "": [HILL], cat: [FACE, HILL] });
  assert.deepEqual(readFile(fileOf({ cat: [FACE] })), { cat: [FACE] }, "so that the areas of the whole screen are not replaced by none");
  assert.deepEqual(JSON.parse(fileOf({ cat: [FACE] })), { areas: [], stimuli: { cat: { areas: [FACE] } } });
});

test("an area keeps its time in a file", () => {
  const timed = [{ ...FACE, span_ms: [500, 2000] }, { ...HILL, span_ms: [0, null] }];
  assert.deepEqual(readFile(fileOf({ cat: timed })).cat, timed);
  assert.deepEqual(readFile(list([{ ...FACE, span_ms: null }]))[""], [FACE]);
});

test("typed seconds become a time, and empty fields mean start and end", () => {
  assert.deepEqual(["", "1.5"].map((from) => ["", "2,25"].map((to) => spanOf(from, to))), [[null, [0, 2250]], [[1500, null], [1500, 2250]]]);
  for (const [from, to] of [["2", "2"], ["3", "1"], ["-1", ""], ["x", ""]]) assert.equal(spanOf(from, to), undefined);
});

test("a pasted name becomes one that the server takes", () => {
  for (const [typed, name] of [[" a\u00a0\t b\n", "a b"], ["\u200bcat\u0000", "cat"], ["علی\u200cرضا", "علی\u200cرضا"], [" \u00a0", ""], [`${"x".repeat(63)} y`, "x".repeat(63)]]) {
    assert.equal(nameFrom(typed), name);
  }
});

test("a taken name gets the next number", () => {
  assert.equal(freeName("face", [HILL]), "face");
  assert.equal(freeName("face", [FACE]), "face 2");
  assert.equal(freeName("elsewhere", []), "elsewhere 2", "the transitions have it");
  assert.equal(freeName("Area 1", [{ name: "Area 1" }, { name: "Area 2" }]), "Area 3");
});

for (const [what, text, words] of [
  ["what is not JSON", "{", /not JSON/],
  ["a file without areas", "{}", /no areas/],
  ["null", "null", /no areas/],
  ["a bare list", "[]", /no areas/],
  ["a stimulus without a list", JSON.stringify({ stimuli: { cat: 5 } }), /no areas/],
  ["areas that are no list", JSON.stringify({ areas: {}, stimuli: {} }), /no areas/],
  ["two areas of one name", list([FACE, FACE]), /two areas have the name “face”/],
  ["an area without a name", list([FACE, { ...HILL, name: " " }]), /name of area 2/],
  ["a name that does not print", list([{ ...FACE, name: "a\u00a0b" }]), /name of area 1 must have 1 to 64 printable/],
  ["the name of what is no area", list([{ ...FACE, name: "elsewhere" }]), /“elsewhere”, which stands for no area/],
  ["an unknown shape", list([{ ...FACE, shape: "star" }]), /“face” must be/],
  ["a rectangle with one corner", list([{ ...FACE, points: [[0, 0]] }]), /two corners/],
  ["a corner that is no pair of numbers", list([{ ...HILL, points: [[0, 0], [1, "1"], [1, 0]] }]), /two corners/],
  ["an area outside of the stimulus", list([{ ...FACE, points: [[1.2, 0.2], [1.5, 0.6]] }]), /“face” lies outside/],
  ["an area above the stimulus", list([{ ...HILL, points: [[0.1, -0.5], [0.5, -0.1], [0.4, 0]] }]), /“hill” lies outside/],
  ["a time that ends before it begins", list([{ ...FACE, span_ms: [2000, 500] }]), /time of “face”/],
  ["a time without an end", list([{ ...FACE, span_ms: [2000] }]), /time of “face”/],
  ["a time in words", list([{ ...FACE, span_ms: ["0", "1"] }]), /time of “face”/],
  ["too many areas", list(Array.from({ length: 65 }, (_, i) => ({ ...FACE, name: `a${i}` }))), /At most 64/],
]) {
  test(`${what} is refused with its reason`, () => assert.throws(() => readFile(text), words));
}

test("a copy lies beside its area and on the stimulus", () => {
  assert.deepEqual(copyOf(FACE, "face 2", []), { name: "face 2", shape: "rectangle", points: [[0.13, 0.23], [0.43, 0.63]] });
  assert.deepEqual(copyOf({ ...FACE, points: [[0.5, 0.9], [1, 1]] }, "a", []).points, [[0.47, 0.87], [0.97, 0.97]]);
  assert.deepEqual(copyOf(HILL, "a", []).points, [[0, 0.97], [0.5, 0.47], [1, 0.97]], "it is as wide as the stimulus");
});

test("the copy of an area that a page reported has its time, if it is one", () => {
  assert.deepEqual(copyOf(FACE, "a", [[500.4, 900]]).span_ms, [500, 900]);
  assert.equal("span_ms" in copyOf(FACE, "a", [[0, 100], [300, 400]]), false);
  assert.deepEqual(copyOf({ ...FACE, span_ms: [0, null] }, "a", []).span_ms, [0, null]);
});

test("a person reads which areas a file has", () => {
  assert.equal(contentsOf({ cat: [FACE, HILL] }, "cat"), "2 areas opened.");
  assert.equal(contentsOf({ cat: [FACE], dog: [HILL], fish: [] }, "cat"), "One area opened. The file has areas of “dog”, too.");
  assert.equal(contentsOf({ "": [FACE], dog: [HILL] }, "cat"), "Areas of the whole screen, “dog” opened. The file has none of this stimulus.");
  assert.equal(contentsOf({}, "cat"), "The file has no areas.");
});
