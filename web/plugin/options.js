/** The options of `connectGaze`, checked: a misspelt option says so at once instead of doing nothing. Pure. */
import { checkName } from "./checks.js";
import { GazeError } from "./errors.js";

/** Where this copy of the plugin came from. */
export const OWN_SERVER = new URL("../", import.meta.url).href;

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
  badge: true,
  timeoutMs: 15_000,
  source: undefined,
  signal: undefined,
});
const CHOICES = /** @type {Record<string, string[]>} */ ({
  consent: ["ask", "given"],
  calibrate: ["overlay", "manual"],
  pattern: ["5", "9", "13", "16"],
});

/** @param {import("../gaze.js").GazeOptions} given @returns {Options} */
export function parseOptions(given) {
  for (const name of Object.keys(given)) {
    if (!(name in DEFAULTS)) {
      throw new GazeError("options", `there is no option "${name}", only ${Object.keys(DEFAULTS).join(", ")}`);
    }
  }
  const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const options = { ...DEFAULTS, ...chosen };
  for (const name of Object.keys(CHOICES)) checkChoice(name, /** @type {any} */ (options)[name]);
  if (options.profile !== undefined) checkName(options.profile, "a profile's name");
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
function serverUrl(server) {
  const url = URL.canParse(server, document.baseURI) ? new URL(server, document.baseURI) : null;
  if (!url || !["http:", "https:"].includes(url.protocol)) {
    throw new GazeError("options", `server is an address like http://127.0.0.1:8765, got ${JSON.stringify(server)}`);
  }
  return url;
}

/** @param {string} server @param {string} path @returns {string} */
export function socketUrl(server, path) {
  const url = new URL(path, serverUrl(server));
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** @param {string} server @returns {string} where the pictures go, in words for the consent */
export function serverInWords(server) {
  const { hostname, host } = serverUrl(server);
  const own = hostname === "localhost" || hostname.endsWith(".localhost") || /^127\.\d+\.\d+\.\d+$/.test(hostname) || hostname === "[::1]";
  return own ? `the gaze server on this machine (${host})` : `the gaze server at ${host}`;
}
