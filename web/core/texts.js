/**
 * The texts about the connection to the server, which every page shows. Errors for developers stay with the code that throws
 * them.
 */

export const LOST = "The connection to the gaze server was lost.";
export const OTHER_CAMERA = "This is another camera than the one of the calibration. Calibrate again.";
export const NO_SERVER = {
  none: "There is no connection to the server.",
  silent: "The server does not answer",
  stopping: "The server has stopped. This page connects again when it is back",
  refused: "The server refused this page.",
  requestRefused: "The server refused.",
  otherProtocol: (/** @type {string} */ why) => `The server and this page use different protocols: ${why}.`,
  /** After what has failed and a colon. */
  reasons: {
    silent: "the server does not answer. If it has stopped, start Sightline again",
    token: "the session of this page has ended. Start the camera again",
    status: (/** @type {number} */ status) => `the server answered ${status}`,
  },
};
