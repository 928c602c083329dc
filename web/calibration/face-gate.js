/**
 * Is the person ready? The game starts with a well-placed, well-lit face only, and waits when the face goes.
 *
 * Fed with every gaze message; answers in words. A blink is shorter than MISSING_MS and is no absence.
 */
import { assess } from "../ui/grading.js";
import { GAME, POSITIONING } from "../ui/texts.js";

/** A face must be away (or too dark) this long before the game says so. */
export const MISSING_MS = 900;
/** All must be well this long before the game starts or continues: a person who is sitting down is not ready yet. */
export const READY_MS = 500;
/** After this long the game may start all the same, if only the place is not ideal: some people can't sit otherwise. */
export const ANYWAY_MS = 8000;

const NOT_SEEN = new Set(["no_face", "error", "low_light", "multiple_faces"]);

export class FaceGate {
  #goodSince = -Infinity;
  #seenAt = -Infinity;
  #good = false;
  #seen = false;
  #text = POSITIONING.unknown.found;
  #onlyPlace = false;
  #why = GAME.faceAway;

  /** @param {any} gaze a gaze message @param {number} nowMs */
  add(gaze, nowMs) {
    if (gaze.status === "paused") return; // it says nothing about the face, and may arrive after the game continues
    const checks = assess(gaze);
    const wrong = Object.entries(checks).filter(([, check]) => check.verdict !== "good");
    const seen = !NOT_SEEN.has(gaze.status) && checks.light.verdict === "good";
    this.#seen = seen;
    if (seen) this.#seenAt = nowMs;
    else if (gaze.status === "multiple_faces") this.#why = GAME.waits(POSITIONING.notAlone);
    else this.#why = gaze.face && checks.light.verdict === "adjust" ? GAME.waits(checks.light.text) : GAME.faceAway;
    const good = seen && wrong.length === 0;
    if (good && !this.#good) this.#goodSince = nowMs;
    this.#good = good;
    this.#onlyPlace = seen && wrong.every(([name]) => name === "centred" || name === "distance");
    this.#text = wrong.find(([, check]) => check.verdict === "adjust")?.[1].text ?? "";
  }

  /** Well-placed and well-lit, and not only just. @param {number} nowMs */
  ready(nowMs) {
    return this.#good && nowMs - this.#goodSince >= READY_MS;
  }

  /** Silence is no absence: a slow server says nothing for a while. @param {number} nowMs */
  missing(nowMs) {
    return !this.#seen && nowMs - this.#seenAt > MISSING_MS;
  }

  /** Only the place is not ideal: some people can't sit otherwise. */
  get onlyPlace() {
    return this.#onlyPlace;
  }

  /** What to change, in words; empty when all is well. */
  get advice() {
    return this.#text;
  }

  /** Why the game waits. */
  get reason() {
    return this.#why;
  }

  /** The face counts as seen from here on. @param {number} nowMs */
  restart(nowMs) {
    this.#seenAt = Math.max(this.#seenAt, nowMs);
  }
}
