import assert from "node:assert/strict";
import { test } from "node:test";
import { ActiveCalibration } from "../../../web/core/active-calibration.js";
import { Refused } from "../../../web/core/requests.js";

const DONE = { type: "calibration", state: "done", report: { median_error_px: 40 } };
const LOADED = { type: "calibration", state: "loaded", report: { median_error_px: 41 } };

/** @param {(message: any) => object} answer of the server; what it throws is a refusal, or a lost connection */
function calibration(answer = () => LOADED, profile = "") {
  const asked = [];
  const renewals = [];
  const active = new ActiveCalibration({
    profile,
    ask: async (message) => {
      asked.push(message);
      const answered = answer(message);
      active.hear(answered);
      return answered;
    },
  });
  active.addEventListener("renewed", ({ detail }) => renewals.push(detail));
  return { active, asked, renewals, settled: () => new Promise((next) => setTimeout(next)) };
}

test("the first session asks for nothing", async () => {
  const { active, asked, renewals, settled } = calibration();
  active.begin(null);
  await settled();
  assert.deepEqual([asked, renewals, active.had], [[], [], false]);
});

test("an unsaved calibration is asked for with the token of the session that had it", async () => {
  const { active, asked, renewals, settled } = calibration();
  active.hear(DONE);
  active.begin("t_1");
  assert.deepEqual([active.report, active.resuming, active.had], [LOADED.report, true, true]);
  await settled();
  assert.deepEqual(asked, [{ type: "calibration_resume", token: "t_1" }]);
  assert.deepEqual(renewals, [{ had: true, kept: true, savedAs: "", reason: "" }]);
});

test("a saved one is loaded by its name, and a new one has no name", async () => {
  const { active, asked, settled } = calibration();
  active.hear(DONE);
  active.hear({ type: "calibration", state: "saved", user: "Ada" });
  active.begin("t_1");
  await settled();
  assert.deepEqual([asked, active.savedAs], [[{ type: "profile_load", user: "Ada" }], "Ada"]);
  active.hear(DONE);
  assert.equal(active.savedAs, "");
});

test("a refusal is reported with its reason, and a lost connection leaves it to the next session", async () => {
  let lost = true;
  const { active, asked, renewals, settled } = calibration(() => {
    if (lost) throw new Refused("lost");
    throw new Refused("there is no profile", { type: "error" });
  }, "Ada");
  active.hear(DONE);
  active.begin("t_1");
  await settled();
  assert.deepEqual(renewals, []);
  lost = false;
  active.begin("t_2");
  await settled();
  assert.equal(asked.length, 2);
  assert.deepEqual(renewals, [{ had: true, kept: false, savedAs: "", reason: "there is no profile" }]);
});

test("a calibration that is forgotten does not come back", async () => {
  const { active, asked, renewals, settled } = calibration();
  active.hear(DONE);
  active.forget();
  active.begin("t_1");
  await settled();
  assert.deepEqual([asked, renewals], [[], [{ had: false, kept: false, savedAs: "", reason: "" }]]);
});
