/**
 * Calibrations that the server keeps, when the person asks for it: numbers only, never pictures.
 *
 * "Remember" sends a user name with the next game; the last profile for this screen can then be loaded or deleted.
 *
 * @typedef {{user: string, screen: string, camera?: string | null, key?: string, saved_ms: number, median_error_px: number | null, problem: string | null}} Profile
 */
import { download, stamp } from "./download.js";

/** The page knows one person on each machine; other clients of the server may use other names. */
export const USER = "me";

/** @param {Profile[]} profiles @param {string} screen such as "1920x1080" @param {string} [camera] its name @returns {Profile | null} */
export function profileFor(profiles, screen, camera = "") {
  const mine = profiles.filter((profile) => profile.user === USER && profile.screen === screen && !profile.problem);
  // One without a camera is from before cameras were told apart.
  return mine.find((profile) => (profile.camera ?? "") === slug(camera)) ?? mine.find((profile) => !profile.camera) ?? null;
}

/** As the server names a camera in a profile's key. @param {string} camera */
export function slug(camera) {
  return camera.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 40).replace(/^-+|-+$/g, "");
}

/** @param {Profile} profile @param {Intl.DateTimeFormat} format */
export function describeProfile(profile, format) {
  const error = profile.median_error_px === null ? "" : `, off by about ${Math.round(profile.median_error_px)} px`;
  return `Use the one of ${format.format(new Date(profile.saved_ms))}${error}`;
}

export class ProfileMenu {
  #root;
  #remember;
  #use;
  #connection;
  #screen;
  #camera;
  #key = "";
  #abort = new AbortController();
  #token = "";

  /**
   * @param {{root: HTMLElement, connection: import("./connection.js").Connection, screen: () => string,
   *   camera: () => string, announce: (text: string) => void, tell: (text: string) => void}} options
   */
  constructor({ root, connection, screen, camera, announce, tell }) {
    this.#root = root;
    this.#connection = connection;
    this.#screen = screen;
    this.#camera = camera;
    this.#remember = /** @type {HTMLInputElement} */ (root.querySelector("#remember"));
    this.#use = /** @type {HTMLButtonElement} */ (root.querySelector("#use-last"));
    const { signal } = this.#abort;
    root.querySelector("#export-profile")?.addEventListener("click", () => void this.#export(), { signal });
    const file = /** @type {HTMLInputElement | null} */ (document.querySelector("#import-profile"));
    file?.addEventListener("change", () => void this.#import(file, tell), { signal });
    this.#use.addEventListener("click", () => connection.send({ type: "profile_load", user: USER }), { signal });
    root.querySelector("#forget")?.addEventListener(
      "click",
      async () => {
        await this.#forget();
        announce("The saved calibration is deleted");
      },
      { signal },
    );
  }

  /** @param {string} path @param {RequestInit} [options] */
  #fetch(path, options = {}) {
    return fetch(`/v1/profiles${path}`, {
      ...options, headers: { "X-Sightline-Token": this.#token }, signal: this.#abort.signal,
    });
  }

  async #export() {
    const response = await this.#fetch(`/${encodeURIComponent(USER)}/${encodeURIComponent(this.#key)}/export`);
    if (response.ok) download(await response.blob(), `sightline-profile-${stamp(new Date())}.zip`);
  }

  /** @param {HTMLInputElement} input @param {(text: string) => void} tell */
  async #import(input, tell) {
    const file = input.files?.[0];
    if (!file) return;
    const response = await this.#fetch("/import", { method: "POST", body: file });
    input.value = "";
    tell(response.ok ? "The calibration is here now" : ((await response.json()).message ?? "It could not be taken in"));
    await this.refresh(this.#token);
  }

  destroy() {
    this.#abort.abort();
  }

  /** The name to store the next calibration under; undefined stores nothing. */
  get user() {
    return this.#remember.checked ? USER : undefined;
  }

  /** @param {string} token of the live session; proves that the page may delete */
  async refresh(token) {
    this.#token = token;
    /** @type {Profile | null} */
    let profile = null;
    try {
      const response = await fetch("/v1/profiles", {
        headers: { "X-Sightline-Token": this.#token },
        signal: this.#abort.signal,
      });
      if (response.ok) profile = profileFor((await response.json()).profiles, this.#screen(), this.#camera());
    } catch (error) {
      console.info("ProfileMenu: no list of profiles:", /** @type {Error} */ (error).message);
    }
    this.#show(profile);
  }

  /** @param {Profile | null} profile */
  #show(profile) {
    const saved = /** @type {HTMLElement} */ (this.#root.querySelector("#saved"));
    saved.hidden = profile === null;
    if (!profile) return;
    this.#key = profile.key ?? profile.screen;
    const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
    this.#use.textContent = describeProfile(profile, format);
    this.#remember.checked = true;
  }

  async #forget() {
    const path = `/v1/profiles/${encodeURIComponent(USER)}/${encodeURIComponent(this.#key)}`;
    await fetch(path, {
      method: "DELETE",
      headers: { "X-Sightline-Token": this.#token },
      signal: this.#abort.signal,
    });
    this.#remember.checked = false;
    await this.refresh(this.#token);
  }
}
