/**
 * The error with which `connectGaze` rejects.
 *
 * @typedef {"declined" | "camera" | "server" | "calibration" | "picture" | "closed" | "options"} GazeErrorCode
 *   declined: the person did not agree; camera: none, or blocked; server: no answer, full, or not open to this page;
 *   calibration: the person gave up; picture: none of the page; closed: by the page; options: a mistake in the call
 */
export class GazeError extends Error {
  name = "GazeError";

  /** @param {GazeErrorCode} code @param {string} message for people @param {ErrorOptions} [options] */
  constructor(code, message, options) {
    super(message, options);
    this.code = code;
  }
}

/**
 * @param {unknown} error that may come from elsewhere, for example from the browser @param {GazeErrorCode} [code]
 * @returns {GazeError} the error, or one with its message and the code
 */
export function asGazeError(error, code = "server") {
  if (error instanceof GazeError) return error;
  return new GazeError(code, error instanceof Error ? error.message : String(error), { cause: error });
}
