/** All texts of the study's page, in the order in which a participant meets them. The study's own texts come from study.yaml. */

import { byInput } from "../ui/keys.js";

export const PAGE = {
  tab: "Sightline study",
  name: "Sightline",
  home: "Sightline, to the start page",
  skip: "To the content",
  badge: "Demo: a rendered person, no camera",
};

export const LOADING = { words: "Loading the study" };

export const CONSENT = {
  before: "Before you begin",
  /** When study.yaml has no consent. */
  usual:
    "Your webcam is used to find out where you look. Its pictures are analysed by the computer that shows this page and are not kept. " +
    "What is kept are the places at which you looked, the times, and your answers.\n\n" +
    byInput("You can stop at any time with the key Esc.", "You can stop at any time: leave the full screen, or close the page."),
  code: "Your code, if you were given one",
  agree: "I agree, begin",
  demo: "Try it with a rendered person",
  ownCamera: "Use my own camera",
  /** @param {number} stimuli @param {number} ms of what has a known duration */
  length: (stimuli, ms) => {
    const minutes = Math.max(1, Math.round((ms + 60_000) / 60_000));
    return `${stimuli === 1 ? "One thing" : `${stimuli} things`} to look at, about ${minutes} ${minutes === 1 ? "minute" : "minutes"} with the dots.`;
  },
};

export const CAMERA_PROBLEM = { demo: "Try the demo without a camera" };

export const SEAT = {
  start: "Start the dots",
  hint: "Dots appear one after the other. Look at each until it is gone. Keep your head where it is now, also during the study.",
  failed: (/** @type {string} */ why) => `The dots were not enough: ${why} Please try again.`,
  failedAnyway: "The dots were not enough. Please try again.",
};

export const READY = {
  title: "Ready",
  usual: "Look at everything as you like. Between two things, look at the cross in the middle.",
  start: "Begin",
  again: "Dots once more",
  share: "Some things to look at are web pages. If you share this tab, their picture is kept, and shows where on the page you looked. It works without it, too.",
  shareTab: "Share this tab",
  /** @param {number} px measured with new dots, or announced */
  error: (px) => `The point of your gaze is known to about ${Math.round(px)} pixels.`,
  badError: (/** @type {number} */ px) =>
    `The point of your gaze is known to about ${Math.round(px)} pixels only. Sit closer, with light on your face, and try the dots once more.`,
};

export const PICTURE = { kept: "The tab is shared. The pictures of the pages are kept with your recording." };

export const SHOWN = {
  stage: "What you look at",
  next: "Continue",
  pageEnds: "Press this when you are done",
  /** What ends a text, by the key of study.yaml. A tap ends it as well. */
  textEnds: {
    space: byInput("Space continues", "A tap continues"),
    enter: byInput("Enter continues", "A tap continues"),
    any: byInput("Any key continues", "A tap continues"),
  },
  keyEnds: (/** @type {string} */ key) => byInput(`The key ${key} continues`, "A tap continues"),
};

export const PAUSED = {
  title: "Paused",
  words: "The study fills the screen while it runs. What you saw last is shown again.",
  resume: "Continue",
  stop: "Stop the study",
};

export const THANKS = {
  title: "Thank you!",
  usual: "That was the last one.",
  saved: (/** @type {number} */ participant) => `Participant ${participant} is saved.`,
  next: "Next participant",
  lab: "See the recordings",
  demoLab: "See where the person looked",
};

export const STOPPED = {
  title: "The study has stopped",
  byPerson: "You have stopped the study.",
  connection: "The connection to the server was lost.",
  camera: "The camera's picture has ended.",
  recording: (/** @type {string} */ why) => `The recording has ended: ${why}.`,
  kept: "What was recorded until then is kept, and marked as not complete.",
  again: "Start again",
};

export const PROBLEM = {
  title: "The study can't be shown",
  words: "Correct the file, then load this page again.",
  file: (/** @type {string} */ name) => `a file can't be loaded: ${name}`,
  again: "Load again",
};

export const KEY_NAMES = { space: "Space", enter: "Enter" };
