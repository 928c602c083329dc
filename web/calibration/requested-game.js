/**
 * A program has asked the page for a game (PROTOCOL.md, "game_start"). The page plays it, or the program gets the reason why not: at
 * once, or when the game has ended before its first dot. After the first dot, the server reports its progress.
 *
 * @typedef {"calibration" | "validation"} Game
 */
import { listen } from "../core/events.js";

export class RequestedGame {
  #session;
  #take;
  /** @type {Game | null} that was asked for and has not begun */
  #game = null;

  /**
   * @param {{session: import("../core/session.js").ServerSession, take: (game: Game) => string, signal: AbortSignal}} options
   *   take: begins the game and returns nothing, or returns why it can't
   */
  constructor({ session, take, signal }) {
    this.#session = session;
    this.#take = take;
    listen(session, "message", (message) => this.#onMessage(message), signal);
  }

  /** A game has ended, or could not be shown. @param {string} [reason] of a failure */
  ended(reason = "") {
    if (this.#game) this.#refuse(this.#game, reason || "the person stopped it, or the page was busy");
    this.#game = null;
  }

  /** @param {any} message */
  #onMessage({ type, state }) {
    if (type !== "calibration" && type !== "validation") return;
    if (state === "started") this.#game = null;
    if (state !== "requested") return;
    const reason = this.#take(type);
    if (reason) this.#refuse(type, reason);
    else this.#game = type;
  }

  /** @param {Game} game @param {string} reason */
  #refuse(game, reason) {
    this.#session.send({ type: "game_refuse", game, reason: reason.slice(0, 200) });
  }
}
