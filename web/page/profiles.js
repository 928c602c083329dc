/**
 * The list of saved calibrations: use, export, import and delete them. Each holds numbers, among them an averaged
 * grey picture of each eye, 20 x 10 points.
 *
 * Emits `use` (detail: the person's name) and `change` when the list has changed.
 *
 * @typedef {import("./profile-list.js").Profile} Profile
 */
import { askServer } from "../core/http.js";
import { confirmOnClick } from "../ui/confirm-button.js";
import { h, keepFocus } from "../ui/dom.js";
import { download, fileName } from "../ui/download.js";
import { describeProfile, placeOf, sortOut } from "./profile-list.js";
import { FAILURE, PROFILES } from "./texts.js";

const { three, nine, none } = PROFILES.ways;
const WAYS = { three, nine, none };

export class ProfileMenu extends EventTarget {
  #root;
  #session;
  #notify;
  #announce;
  #next;
  /** @type {Profile[]} */
  #all = [];
  /** @type {Profile[]} */
  #here = [];
  #place = "";
  #abort = new AbortController();

  /**
   * @param {{root: HTMLElement, session: import("../core/session.js").ServerSession, announce: (text: string) => void,
   *   notify: (text: string) => void, next: () => HTMLElement}} options  next: gets the focus of a button that is gone
   */
  constructor({ root, session, announce, notify, next }) {
    super();
    this.#root = root;
    const ways = /** @type {HTMLElement} */ (root.querySelector("#returning"));
    ways.addEventListener("change", () => this.#explainWay(), { signal: this.#abort.signal });
    this.#explainWay();
    this.#session = session;
    this.#announce = announce;
    this.#next = next;
    this.#notify = notify;
    const file = /** @type {HTMLInputElement} */ (root.querySelector("#import-profile"));
    file.addEventListener("change", () => void this.#import(file), { signal: this.#abort.signal });
  }

  destroy() {
    this.#abort.abort();
  }

  /** The profiles for this screen and camera, newest first. */
  get here() {
    return this.#here;
  }

  /**
   * How a saved calibration is to be used. @param {string} user
   * @returns {{user: string, way: string, learns: boolean}} learns: it has sessions that a new calibration can learn from
   */
  wayOf(user) {
    const profile = this.#here.find((each) => each.user === user);
    return { user, way: this.#way, learns: (profile?.n_sessions ?? 0) > 0 };
  }

  /** @returns {keyof typeof WAYS} */
  get #way() {
    const checked = /** @type {HTMLInputElement | null} */ (this.#root.querySelector("#returning :checked"));
    return /** @type {keyof typeof WAYS} */ (checked?.value ?? "three");
  }

  /** For the eyes: a screen reader gets these words with each choice. */
  #explainWay() {
    /** @type {HTMLElement} */ (this.#root.querySelector("#way-words")).textContent = WAYS[this.#way].words;
  }

  async refresh() {
    try {
      const { profiles } = await (await this.#fetch("")).json();
      this.#all = profiles;
      this.#show();
    } catch (error) {
      if (!this.#abort.signal.aborted) console.info("ProfileMenu: no list:", /** @type {Error} */ (error).message);
    }
  }

  /** Sorts again, because the screen or the camera may have changed. */
  sort() {
    if (this.#place !== this.#placeNow.join(" ")) this.#show();
  }

  /** @returns {[string, string]} screen and camera */
  get #placeNow() {
    const { layout, feed } = this.#session;
    return [`${layout.width}x${layout.height}`, feed.label];
  }

  #show() {
    this.#place = this.#placeNow.join(" ");
    const { here, elsewhere } = sortOut(this.#all, ...this.#placeNow);
    this.#here = here;
    this.#fill("#kept", here, (profile) => this.#useButton(profile));
    this.#fill("#kept-elsewhere", elsewhere, (profile) => this.#words(profile, "div", placeOf(profile)));
    this.dispatchEvent(new Event("change"));
  }

  /** @param {string} id @param {Profile[]} profiles @param {(profile: Profile) => HTMLElement} first of its row */
  #fill(id, profiles, first) {
    const box = /** @type {HTMLElement} */ (this.#root.querySelector(id));
    const list = /** @type {HTMLElement} */ (box.querySelector("ul"));
    const rows = profiles.map((profile) => h("li", { "data-user": profile.user }, first(profile), ...this.#tools(profile)));
    const fill = () => {
      box.hidden = profiles.length === 0;
      list.replaceChildren(...rows);
    };
    keepFocus(list, fill, this.#next);
  }

  /** @param {Profile} profile @param {"div" | "button"} tag @param {string} [more] */
  #words(profile, tag, more = "") {
    const today = new Date().toDateString() === new Date(profile.saved_ms).toDateString();
    const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: today ? "short" : undefined });
    const about = [describeProfile(profile, format), more].filter(Boolean).join(" · ");
    return h(tag, { className: "kept-words" }, h("strong", {}, profile.user), h("span", {}, about));
  }

  /** @param {Profile} profile */
  #useButton(profile) {
    if (profile.problem) {
      const words = this.#words(profile, "div");
      words.append(h("span", {}, profile.problem));
      return words;
    }
    const button = /** @type {HTMLButtonElement} */ (this.#words(profile, "button"));
    button.type = "button";
    button.setAttribute("aria-label", PROFILES.use(profile.user, button.lastChild?.textContent ?? ""));
    const use = () => this.dispatchEvent(new CustomEvent("use", { detail: profile.user }));
    button.addEventListener("click", use, { signal: this.#abort.signal });
    return button;
  }

  /** @param {Profile} profile */
  #tools(profile) {
    const of = PROFILES.of(profile.user);
    const { signal } = this.#abort;
    const remove = h("button", { type: "button", className: "plain" }, PROFILES.delete);
    confirmOnClick(remove, { question: PROFILES.confirmDelete, of, action: () => void this.#delete(profile), signal });
    if (profile.problem) return [remove];
    const onclick = () => void this.#export(profile);
    const take = h("button", { type: "button", className: "plain neutral", ariaLabel: `${PROFILES.export} ${of}`, onclick }, PROFILES.export);
    return [take, remove];
  }

  /** @param {Profile} profile */
  async #export(profile) {
    try {
      const response = await this.#fetch(`${pathOf(profile)}/export`);
      download(await response.blob(), fileName("calibration", new Date(), "zip"));
      this.#announce(PROFILES.exported);
    } catch (error) {
      this.#explain(PROFILES.exportFailed, error);
    }
  }

  /** @param {Profile} profile */
  async #delete(profile) {
    try {
      await this.#fetch(pathOf(profile), { method: "DELETE" });
      this.#announce(PROFILES.deleted(profile.user));
    } catch (error) {
      this.#explain(PROFILES.deleteFailed, error);
    }
    await this.refresh();
  }

  /** @param {HTMLInputElement} input */
  async #import(input) {
    const file = input.files?.[0];
    if (!file) return;
    try {
      const { user, key } = await (await this.#fetch("/import", { method: "POST", body: file })).json();
      await this.refresh();
      const fits = this.#here.some((profile) => profile.user === user && (profile.key ?? profile.screen) === key);
      this.#notify(fits ? PROFILES.imported(user) : PROFILES.importedElsewhere(user));
    } catch (error) {
      this.#explain(PROFILES.importFailed, error);
    }
    input.value = "";
  }

  /** @param {string} path @param {{method?: string, body?: BodyInit}} [options] */
  #fetch(path, options = {}) {
    return askServer(`/v1/profiles${path}`, { ...options, token: this.#session.token, signal: this.#abort.signal });
  }

  /** @param {string} what @param {unknown} error */
  #explain(what, error) {
    if (!this.#abort.signal.aborted) this.#notify(FAILURE(what, /** @type {Error} */ (error).message));
  }
}

/** @param {Profile} profile */
function pathOf({ user, key, screen }) {
  return `/${encodeURIComponent(user)}/${encodeURIComponent(key ?? screen)}`;
}
