import assert from "node:assert/strict";
import test from "node:test";

import { common, pictureScale, Pieces, without } from "../../../../web/core/page-picture/pieces.js";

const PAGE = { width: 1000, height: 4000 };
const view = (y, height = 700) => ({ x: 0, y, width: 1000, height });
const surface = (rects) => rects.reduce((sum, { width, height }) => sum + width * height, 0);

test("the first view is taken whole, and a scroll adds what comes into the window", () => {
  const pieces = new Pieces();
  assert.deepEqual(pieces.take(PAGE, view(0), []), [view(0)]);
  assert.deepEqual(pieces.take(PAGE, view(500), []), [view(700, 500)]);
  assert.deepEqual(pieces.take(PAGE, view(200), []), []);
});

test("a jump leaves a gap, and scrolling back fills it", () => {
  const pieces = new Pieces();
  pieces.take(PAGE, view(0), []);
  assert.deepEqual(pieces.take(PAGE, view(2000), []), [view(2000)]);
  assert.deepEqual(pieces.take(PAGE, view(1400), []), [view(1400, 600)]);
  assert.deepEqual(pieces.take(PAGE, view(700), []), [view(700)]);
  assert.deepEqual(pieces.take(PAGE, view(1000), []), []);
});

test("while the page stands still, its newest parts are taken again, because pictures load late", () => {
  const pieces = new Pieces();
  pieces.take(PAGE, view(0), []);
  const newest = pieces.take(PAGE, view(300), []);
  assert.deepEqual(pieces.take(PAGE, view(300), []), newest);
  assert.deepEqual(newest, [view(700, 300)]);
});

test("what something covers is taken when it is free", () => {
  const pieces = new Pieces();
  const badge = (y) => ({ x: 800, y: y + 600, width: 150, height: 60 });
  const first = pieces.take(PAGE, view(0), [badge(0)]);
  assert.equal(surface(first), 1000 * 700 - 150 * 60);
  const second = pieces.take(PAGE, view(200), [badge(200)]);
  assert.equal(surface(second), 1000 * 200 + 150 * 60 - 150 * 60);
  assert.ok(second.every((rect) => common(rect, badge(200)) === null));
});

test("a part outside of the page is not taken: some browsers scroll beyond its end", () => {
  const pieces = new Pieces();
  assert.deepEqual(pieces.take(PAGE, view(3500), []), [view(3500, 500)]);
  assert.deepEqual(pieces.take(PAGE, view(-80), []), [view(0, 620)]);
  assert.deepEqual(pieces.take(PAGE, view(9000), []), []);
});

test("a page that becomes longer keeps its parts, one of another width loses them", () => {
  const pieces = new Pieces();
  assert.equal(pieces.laidOut(PAGE), false);
  pieces.take(PAGE, view(0), []);
  assert.equal(pieces.laidOut({ ...PAGE, height: 6000 }), false);
  pieces.take({ ...PAGE, height: 6000 }, view(400), []);
  assert.deepEqual(pieces.take({ ...PAGE, height: 6000 }, view(100), []), []);
  assert.equal(pieces.laidOut({ width: 800, height: 5000 }), true);
  const narrow = { x: 0, y: 0, width: 800, height: 700 };
  assert.deepEqual(pieces.take({ width: 800, height: 5000 }, narrow, []), [narrow]);
});

test("a page that scrolls for an hour needs little memory", () => {
  const pieces = new Pieces();
  const long = { width: 1000, height: 90_000 };
  let taken = 0;
  for (let y = 0; y <= 89_300; y += 38) taken += surface(pieces.take(long, view(y), []));
  assert.equal(taken, 1000 * 90_000);
});

test("a hole leaves up to four parts, which do not overlap", () => {
  const rect = { x: 0, y: 0, width: 10, height: 10 };
  const left = without(rect, { x: 3, y: 4, width: 2, height: 2 });
  assert.equal(left.length, 4);
  assert.equal(surface(left), 96);
  assert.ok(left.every((a, i) => left.every((b, j) => i === j || common(a, b) === null)));
  assert.deepEqual(without(rect, { x: 10, y: 0, width: 5, height: 5 }), [rect]);
  assert.deepEqual(without(rect, { x: -1, y: -1, width: 20, height: 20 }), []);
});

test("a long page is drawn smaller, so that browsers can draw it", () => {
  assert.equal(pictureScale({ width: 1280, height: 3000 }), 1);
  assert.equal(pictureScale({ width: 400, height: 32_000 }), 0.5);
  const { width, height } = { width: 1920, height: 30_000 };
  assert.ok(pictureScale({ width, height }) ** 2 * width * height <= 16_000_001);
});
