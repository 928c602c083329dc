import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { remember } from "../../../web/core/memory.js";
import { AreaStore } from "../../../web/lab/areas/area-store.js";
import { AreaSync } from "../../../web/lab/areas/area-sync.js";

const FACE = { name: "face", shape: "rectangle", points: [[0.1, 0.2], [0.4, 0.6]] };
const HILL = { name: "hill", shape: "polygon", points: [[0, 1], [0.5, 0.5], [1, 1]] };

beforeEach(() => ["", ".unsent"].forEach((ending) => remember(`sightline.lab.areas${ending}`, "")));

/** A server that keeps areas, and a browser in front of it. `fail` makes it refuse. */
function opened(kept = {}) {
  const server = {
    kept,
    fail: "",
    sent: [],
    async areas() {
      if (this.fail) throw new Error(this.fail);
      return structuredClone(this.kept);
    },
    async keepAreas(stimulus, areas) {
      this.sent.push([stimulus, areas.length]);
      await Promise.resolve();
      if (this.fail) throw new Error(this.fail);
      this.kept[stimulus ?? ""] = structuredClone(areas);
    },
  };
  const browser = () => {
    const store = new AreaStore();
    const sync = new AreaSync({ server, store, signal: new AbortController().signal });
    const problems = [];
    sync.addEventListener("state", ({ detail }) => problems.push(detail.problem));
    return { store, sync, problems };
  };
  return { server, browser };
}

/** Until all that was begun has ended. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("each change goes to the server, and another browser has it", async () => {
  const { server, browser } = opened();
  const { store } = browser();
  store.open("cat");
  store.set([FACE]);
  store.open(null);
  store.set([HILL]);
  await settled();
  assert.deepEqual(server.kept, { cat: [FACE], "": [HILL] });
  remember("sightline.lab.areas", "");
  const other = browser();
  await other.sync.load();
  assert.deepEqual([other.store.areasOf("cat"), other.store.areas], [[FACE], [HILL]]);
});

test("changes while one is on its way are sent after it, the last one only", async () => {
  const { server, browser } = opened();
  const { store } = browser();
  store.open("cat");
  for (const areas of [[FACE], [FACE, HILL], []]) store.set(areas);
  await settled();
  assert.deepEqual(server.sent, [["cat", 1], ["cat", 0]]);
  assert.deepEqual(server.kept.cat, []);
});

test("what the server did not take stays, is not replaced by older areas, and is sent when its stimulus is opened", async () => {
  const { server, browser } = opened({ cat: [HILL] });
  const first = browser();
  await first.sync.load();
  server.fail = "the disk is full";
  first.store.open("cat");
  first.store.set([FACE]);
  await settled();
  assert.equal(first.problems.at(-1), "the disk is full");
  server.fail = "";
  const again = browser(); // the page is opened again
  await again.sync.load();
  assert.deepEqual(again.store.areasOf("cat"), [FACE]);
  await again.sync.save(["cat"]);
  assert.deepEqual([server.kept.cat, again.problems.at(-1)], [[FACE], ""]);
  await again.sync.save(["cat"]);
  assert.equal(server.sent.length, 2, "the server has them now");
});

test("areas of an older version of the lab are sent when their stimulus is opened", async () => {
  remember("sightline.lab.areas", JSON.stringify({ cat: [FACE], dog: [HILL], "": [] }));
  const { server, browser } = opened();
  const { sync } = browser();
  await sync.load();
  await sync.save(["cat"]);
  assert.deepEqual(server.kept, { cat: [FACE] });
});

test("areas that were deleted elsewhere do not come back", async () => {
  remember("sightline.lab.areas", JSON.stringify({ cat: [FACE] }));
  const { server, browser } = opened({ cat: [] });
  const { store, sync } = browser();
  await sync.load();
  await sync.save(["cat"]);
  assert.deepEqual([store.areasOf("cat"), server.sent], [[], []]);
});

test("a change while the server answers is not replaced by the answer", async () => {
  const { server, browser } = opened({ cat: [HILL] });
  const { store, sync } = browser();
  const loading = sync.load();
  store.open("cat");
  store.set([FACE]);
  await Promise.all([loading, settled()]);
  assert.deepEqual([store.areas, server.kept.cat], [[FACE], [FACE]]);
});

test("the areas of a file go to the server, those of other stimuli as well, and undo does too", async () => {
  const { server, browser } = opened();
  const { store } = browser();
  store.open("cat");
  store.take({ cat: [FACE], dog: [HILL] });
  await settled();
  assert.deepEqual(server.kept, { cat: [FACE], dog: [HILL] });
  store.undo();
  await settled();
  assert.deepEqual(server.kept.cat, []);
});

test("what another window of the lab has drawn is taken, and not replaced by the next change here", async () => {
  const { server, browser } = opened();
  const [here, there] = [browser(), browser()];
  here.store.open("cat");
  there.store.open("cat");
  there.store.set([FACE]);
  here.store.reread(); // at the event `storage`
  here.store.set([...here.store.areas, HILL]);
  await settled();
  assert.deepEqual(server.kept.cat, [FACE, HILL]);
});
