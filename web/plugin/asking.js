/** What a page may ask of a session that runs. `GazeSession` is one of these; how it comes to run is its own business. */
import { checkLook, checkName } from "./checks.js";
import { fitLooks, tellLook } from "./looks.js";

export class Asking extends EventTarget {
  #parts;

  /**
   * @param {{connection: import("../core/connection.js").Connection, geometry: import("../core/geometry.js").ScreenGeometry,
   *   requests: import("../core/requests.js").Requests, areas: import("./areas.js").Areas, profile?: string,
   *   signal: AbortSignal}} parts signal: aborted with the reason once the session has ended
   */
  constructor(parts) {
    super();
    this.#parts = parts;
  }

  /** Where this page lies on its screen. */
  get layout() {
    return this.#parts.geometry.layout;
  }

  /**
   * For pages with dots of their own: the person looked there, and when.
   * @param {import("../gaze.js").Look} look
   */
  async look(look) {
    const { requests, geometry } = this.#open;
    return tellLook(requests, geometry.layout, checkLook(look));
  }

  /** Makes a calibration of all looks so far. @returns {Promise<any>} the report */
  fitLooks() {
    const { requests, profile } = this.#open;
    const outcome = () => requests.next((message) => message.type === "calibration" && message.state !== "fitting");
    return fitLooks(requests, profile, outcome);
  }

  /** Areas of interest; they replace those of before. @param {import("../gaze.js").Area[]} areas */
  setAreas(areas) {
    this.#open.areas.set(areas);
  }

  /** A request of the protocol, answered by the server's message. @param {object} message @returns {Promise<any>} */
  request(message) {
    return this.#open.requests.ask(message);
  }

  /** A moment to find again in the stream and in recordings. @param {string} label */
  mark(label) {
    this.#open.connection.send({ type: "mark", label: checkName(label, "a mark") });
  }

  get #open() {
    this.#parts.signal.throwIfAborted();
    return this.#parts;
  }
}
