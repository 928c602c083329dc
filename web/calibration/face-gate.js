/**
 * Whether the person is ready. The game starts only with a well-placed, well-lit face, and waits when the face is lost.
 *
 * It gets every gaze message and answers with texts. A blink is shorter than MISSING_MS, so it does not interrupt the game.
 */
import { assess } from "../ui/grading.js";
import { GAME, POSITIONING } from "../ui/texts.js";

/** The game reports a lost or too dark face after this time. */
export const MISSING_MS = 900;
/** All checks must be good for this time before the game starts or continues: a person who sits down is not ready yet. */
export const READY_MS = 500;
/** After this time the game may start although the position is not ideal: some people can't sit elsewhere. */
export const ANYWAY_MS = 8000;

const NOT_SEEN = new Set(["no_face", "error", "low_light", "multiple_faces", "frozen"]);

export class FaceGate {
  #goodSince = -Infinity;
  #seenAt = -Infinity;
  #good = false;
  #seen = false;
  #text = POSITIONING.unknown.found;
  #onlyPlace = false;
  #why = GAME.faceAway;

  /** @param {any} gaze a gaze message @param {number} nowMs @param {import("../core/picture.js").Picture} [picture] of the camera */
  add(gaze, nowMs, picture) {
    if (gaze.status === "paused" || gaze.status === "no_frames") return; // it has no information about the face, and may arrive after the game continues
    const checks = assess(gaze, picture);
    const { found, light } = checks;
    const wrong = Object.entries(checks).filter(([, check]) => check.verdict !== "good");
    const seen = !NOT_SEEN.has(gaze.status) && light.verdict === "good";
    this.#seen = seen;
    if (seen) this.#seenAt = nowMs;
    else if (found.verdict === "adjust") this.#why = found.text === POSITIONING.noFace ? GAME.faceAway : GAME.waits(found.text);
    else this.#why = light.verdict === "adjust" ? GAME.waits(light.text) : GAME.faceAway;
    const good = seen && wrong.length === 0;
    if (good && !this.#good) this.#goodSince = nowMs;
    this.#good = good;
    this.#onlyPlace = seen && wrong.every(([name]) => name === "centred" || name === "distance" || name === "glare");
    this.#text = wrong.find(([, check]) => check.verdict === "adjust")?.[1].text ?? "";
  }

  /** Whether all checks have been good for READY_MS. @param {number} nowMs */
  ready(nowMs) {
    return this.#good && nowMs - this.#goodSince >= READY_MS;
  }

  /**
   * Whether the face has been lost for MISSING_MS. Without messages it counts as present: the server may be slow.
   * @param {number} nowMs
   */
  missing(nowMs) {
    return !this.#seen && nowMs - this.#seenAt > MISSING_MS;
  }

  /** Whether only the position or the glasses are not ideal: some people can't sit elsewhere. */
  get onlyPlace() {
    return this.#onlyPlace;
  }

  /** A text about what to change; empty when all checks are good. */
  get advice() {
    return this.#text;
  }

  /** The text that says why the game waits. */
  get reason() {
    return this.#why;
  }

  /** Counts the face as present from now on. @param {number} nowMs */
  restart(nowMs) {
    this.#seenAt = Math.max(this.#seenAt, nowMs);
  }
}
