/**
 * The saved calibrations of the server, sorted for this page. Pure.
 *
 * @typedef {{user: string, screen: string, camera?: string | null, key?: string, saved_ms: number,
 *   error_px?: number | null, n_sessions?: number, problem: string | null}} Profile
 */
import { isUserName } from "../core/names.js";
import { PROFILES } from "./texts.js";

/** @param {string} name @returns {string} a text about the problem of the name; empty for a valid one */
export function nameProblem(name) {
  if (name === "") return PROFILES.noName;
  return isUserName(name) ? "" : PROFILES.badName;
}

/** The camera's name as in the server's profile keys. @param {string} camera */
export function slug(camera) {
  return camera.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 40).replace(/^-+|-+$/g, "");
}

/**
 * @param {Profile[]} profiles @param {string} screen such as "1920x1080" @param {string} [camera] its name
 * @returns {{here: Profile[], elsewhere: Profile[]}} newest first; here: those for this screen and camera, one for each person
 */
export function sortOut(profiles, screen, camera = "") {
  const newest = [...profiles].sort((a, b) => b.saved_ms - a.saved_ms);
  const exact = newest.filter((profile) => profile.screen === screen && (profile.camera ?? "") === slug(camera));
  // Old profiles name no camera. Such a profile is offered for each camera for which its person has no other one.
  const loose = newest.filter(
    (profile) => profile.screen === screen && !profile.camera && !exact.some(({ user }) => user === profile.user),
  );
  const here = newest.filter((profile) => exact.includes(profile) || loose.includes(profile));
  return { here, elsewhere: newest.filter((profile) => !here.includes(profile)) };
}

/** @param {Profile} profile @param {Intl.DateTimeFormat} format */
export function describeProfile(profile, format) {
  const error = profile.error_px ?? null;
  const about = profile.problem ? PROFILES.unusable : error === null ? "" : PROFILES.accuracy(error);
  return [format.format(new Date(profile.saved_ms)), about].filter(Boolean).join(" · ");
}

/** The screen and camera of a profile, as text. @param {Profile} profile */
export function placeOf({ screen, camera }) {
  return PROFILES.place(screen, camera ?? "");
}
