/** Addresses of a gaze server, and HTTP requests to the server of this page. */
import { NO_SERVER } from "./texts.js";

/** Forms and images of foreign pages can't send this header, so their requests are refused. */
const OURS = { "X-Sightline-Request": "page" };

/** The session of this page has ended. */
const TOKEN_PROBLEMS = new Set(["token_missing", "wrong_token"]);

/** @param {string | URL} server @param {string} path @returns {URL} of a socket, ws: or wss: as the server is http: or https: */
export function socketUrl(server, path) {
  const url = new URL(path, server);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

/** @param {string} hostname of a URL @returns {boolean} whether it can only be this machine */
export function isThisMachine(hostname) {
  return hostname === "localhost" || hostname.endsWith(".localhost") || /^127\.\d+\.\d+\.\d+$/.test(hostname) || hostname === "[::1]";
}

/**
 * A refusal, or a missing server, becomes an error with a text for people.
 * @param {string} path @param {{token: string, signal: AbortSignal, method?: string, body?: BodyInit}} options
 * @returns {Promise<Response>} rejects with an Error whose message is for people
 */
export async function askServer(path, { token, signal, method = "GET", body }) {
  const headers = { ...OURS, ...(token && { "X-Sightline-Token": token }) };
  const response = await fetch(path, { method, body, headers, signal }).catch((error) => {
    throw signal.aborted ? error : new Error(NO_SERVER.reasons.silent);
  });
  if (response.ok) return response;
  const refusal = await response.json().catch(() => ({}));
  if (TOKEN_PROBLEMS.has(refusal.code)) throw new Error(NO_SERVER.reasons.token);
  throw new Error(refusal.message ?? NO_SERVER.reasons.status(response.status));
}
