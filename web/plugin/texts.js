/**
 * The texts that the plugin shows to the person, in the order in which they come. Those that the page shows as well are in
 * ui/texts.js. Errors for the author of a page stay with the code that throws them.
 */

export const SIGHTLINE = "Sightline";
export const CANCEL = "Cancel";

export const CONSENT = {
  title: "May this page see where you look?",
  thisPage: "this page",
  /** After the page's address. */
  numbers: " gets numbers: where you look, when you blink, and how you hold your head.",
  pictures: (/** @type {string} */ server) => `The pictures go to ${server}. It analyses them and keeps none.`,
  camera: "The camera stays on until you stop it or leave the page.",
  allow: "Allow",
  decline: "Not now",
};
export const SERVER = {
  here: (/** @type {string} */ host) => `the gaze server on this machine (${host})`,
  elsewhere: (/** @type {string} */ host) => `the gaze server at ${host}`,
  noStyles: (/** @type {string} */ host, /** @type {string} */ why) =>
    `The gaze server at ${host} does not send the styles of the plugin (${why}).`,
  connecting: "Connecting to the gaze server.",
  silent: (/** @type {string} */ host) => `The gaze server at ${host} does not answer`,
  retrying: (/** @type {string} */ why) => `${why}. Trying again.`,
};
export const CAMERA = {
  question: "Allow the camera when the browser asks.",
  stopped: "The camera stopped.",
  without: "Continue without eye tracking",
};
export const CALIBRATION_LOST = "The calibration was lost with the connection.";
export const SITTING = {
  duration: "The dots take about half a minute. ",
  stopKey: "Esc",
  stops: " stops them.",
  tapPauses: "A tap pauses them.",
  forDegrees: " to get the accuracy in degrees.",
};
export const DOTS = {
  label: "Look at the dot until it moves on",
  stopped: "The dots were stopped",
  closed: "The gaze session was closed",
  again: ["Sit comfortably and hold your head still.", "Look at each dot until it moves on."],
};
export const RESULT = { label: "Accuracy", use: "Use it" };
export const PICTURE = {
  goes: (/** @type {string} */ server) => `The picture goes to ${server}, and is kept with the recording of your gaze.`,
  on: "Continue",
};
export const BADGE = {
  label: "Eye tracking",
  stop: "Stop",
  /** By the session's state. */
  states: /** @type {Record<string, string>} */ ({
    starting: "The camera is on",
    tracking: "Eye tracking is on",
    uncalibrated: "The camera is on",
    positioning: "The camera is on",
    calibrating: "The camera is on",
    result: "Eye tracking is on",
    paused: "Eye tracking is paused",
    reconnecting: "Eye tracking: connecting to the server",
  }),
  /** By the status of the newest gaze message, for interruptions that the person can end. */
  interrupted: /** @type {Record<string, string>} */ ({
    no_face: "Eye tracking: no face in the picture",
    dark: "Eye tracking: the picture is dark. Open the camera's shutter, or turn on a light",
    multiple_faces: "Eye tracking: more than one face",
    frozen: "Eye tracking: the camera's picture stands still",
    no_frames: "Eye tracking: the server does not answer",
  }),
  /** By the cause of a larger error: where the head is, or the eyes. */
  moved: "Eye tracking: you moved, less accurate",
  unlikeEyes: "Eye tracking: your eyes look different, less accurate",
};
