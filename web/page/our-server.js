/** HTTP requests to the page's own server; what it refuses, or that it is gone, is an error in words. */

/** No plain form or image can send it, so no foreign page can ask in the person's name. */
const OURS = { "X-Sightline-Request": "page" };

/**
 * @param {string} path @param {{token: string, signal: AbortSignal, method?: string, body?: BodyInit}} options
 * @returns {Promise<Response>} rejects with an Error whose message is for people
 */
export async function askServer(path, { token, signal, method = "GET", body }) {
  const headers = { ...OURS, ...(token && { "X-Sightline-Token": token }) };
  const response = await fetch(path, { method, body, headers, signal }).catch((error) => {
    throw signal.aborted ? error : new Error("the server does not answer");
  });
  if (response.ok) return response;
  const refusal = await response.json().catch(() => ({}));
  throw new Error(refusal.message ?? `the server answered ${response.status}`);
}
