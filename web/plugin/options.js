/**
 * Checks what a page passes to `connectGaze` and its session. A misspelt option is an error at once. What the server would
 * refuse is refused here, where the page's author sees the line. Pure.
 */
import { isThisMachine, socketUrl as socketOf } from "../core/http.js";
import { isLabel, isUserName } from "../core/names.js";
import { GazeError } from "./errors.js";
import { SERVER } from "./texts.js";

/** Where this copy of the plugin came from; empty in a bundle whose format has no address. */
export const OWN_SERVER = import.meta.url ? new URL("../", import.meta.url).href : "";

/**
 * @typedef {Required<Omit<import("../gaze.js").GazeOptions, "signal" | "profile" | "source">>
 *   & Pick<import("../gaze.js").GazeOptions, "signal" | "profile" | "source">} Options
 */
const DEFAULTS = /** @type {Options} */ ({
  server: OWN_SERVER,
  consent: "ask",
  purpose: "",
  calibrate: "overlay",
  pattern: "9",
  profile: undefined,
  areas: [],
  page: "",
  picture: false,
  badge: true,
  timeoutMs: 15_000,
  source: undefined,
  signal: undefined,
});
/** The longest look that the server accepts. */
const LONGEST_LOOK_MS = 10_000;
const CHOICES = /** @type {Record<string, string[]>} */ ({
  consent: ["ask", "given"],
  calibrate: ["overlay", "manual"],
  pattern: ["3", "5", "9", "13", "16"],
});

/** @param {import("../gaze.js").GazeOptions} given @returns {Options} */
export function parseOptions(given) {
  if (typeof given !== "object" || given === null) throw new GazeError("options", `options are an object, got ${given}`);
  for (const name of Object.keys(given)) {
    if (!(name in DEFAULTS)) {
      throw new GazeError("options", `there is no option "${name}", only ${Object.keys(DEFAULTS).join(", ")}`);
    }
  }
  const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const options = { ...DEFAULTS, ...chosen };
  for (const name of Object.keys(CHOICES)) checkChoice(name, /** @type {any} */ (options)[name]);
  if (options.profile !== undefined && !isUserName(options.profile)) {
    throw new GazeError(
      "options",
      `a profile's name is letters and digits, 64 at most, with blanks, dots, dashes or apostrophes between them, got ${JSON.stringify(options.profile)}`,
    );
  }
  if (options.page !== "") checkName(options.page, "page, the name of this page in recordings,");
  if (typeof options.picture !== "boolean" || (options.picture && !options.page)) {
    throw new GazeError("options", `picture is true or false, and needs page, the name of this page; got ${JSON.stringify(options.picture)}`);
  }
  serverUrl(options.server);
  return options;
}

/** @param {string} name of the option @param {unknown} value */
export function checkChoice(name, value) {
  const choices = CHOICES[name];
  if (typeof value === "string" && choices.includes(value)) return;
  throw new GazeError("options", `${name} is one of ${choices.join(", ")}, got ${JSON.stringify(value)}`);
}

/** @param {string} server @returns {URL} */
export function serverUrl(server) {
  if (!server) throw new GazeError("options", "this copy of gaze.js does not know its server: give its address as the option server");
  const url = URL.canParse(server, document.baseURI) ? new URL(server, document.baseURI) : null;
  if (!url || !["http:", "https:"].includes(url.protocol)) {
    throw new GazeError("options", `server is an address like http://127.0.0.1:8765, got ${JSON.stringify(server)}`);
  }
  return url;
}

/** @param {string} server @param {string} path @returns {string} */
export function socketUrl(server, path) {
  return socketOf(serverUrl(server), path).href;
}

/** @param {string} server @returns {string} the place to which the pictures are sent, as text for the consent */
export function serverInWords(server) {
  const { hostname, host } = serverUrl(server);
  return isThisMachine(hostname) ? SERVER.here(host) : SERVER.elsewhere(host);
}

/** @param {unknown} value @param {string} what of @returns {string} */
export function checkName(value, what) {
  if (isLabel(value)) return value;
  throw new GazeError("options", `${what} is 1 to 64 printable characters, got ${JSON.stringify(value)}`);
}

/** @param {import("../gaze.js").Look} look @returns {import("../gaze.js").Look} */
export function checkLook(look) {
  const { x, y, startMs, endMs } = look;
  const finite = [x, y, startMs, endMs].every(Number.isFinite);
  if (finite && startMs >= 0 && endMs >= startMs && endMs - startMs <= LONGEST_LOOK_MS) return look;
  throw new GazeError("options", `a look has x, y, startMs and endMs, of ${LONGEST_LOOK_MS} ms at most, got ${JSON.stringify(look)}`);
}
