/**
 * Whether texts name keys: where a keyboard is likely, which is with a mouse, or without any pointer. On a touch screen a
 * person gets the words for touch. This is the only place with that rule: `markKeys` says it to the styles, which hide
 * `kbd` and `.by-key` (css/tokens.css).
 */
const KEYBOARD_LIKELY = "(hover: hover) and (pointer: fine), (pointer: none)";

export function hasKeys() {
  return globalThis.matchMedia?.(KEYBOARD_LIKELY).matches ?? true; // tests of the texts run without a browser
}

/** Beside the name of what the key does. @param {string} name @returns {string} such as " (D)", or empty */
export const key = (name) => (hasKeys() ? ` (${name})` : "");

/** @param {string} byKey @param {string} byTouch */
export const byInput = (byKey, byTouch) => (hasKeys() ? byKey : byTouch);

/** @param {Element} root of the page, or of the plugin's elements */
export function markKeys(root) {
  root.toggleAttribute("data-no-keys", !hasKeys());
}
