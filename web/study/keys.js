/** Keys that end a stimulus or answer a question. */

const NAMES = /** @type {Record<string, string>} */ ({ " ": "space", Enter: "enter" });
/** They change other keys, and do nothing alone. */
const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "Escape", "Tab", "F11"]);

/** @param {{key: string, ctrlKey?: boolean, metaKey?: boolean, altKey?: boolean, repeat?: boolean}} event @returns {string} as study.yaml names it; empty for none */
export function keyName({ key, ctrlKey, metaKey, altKey, repeat }) {
  if (ctrlKey || metaKey || altKey || repeat || MODIFIERS.has(key)) return "";
  return NAMES[key] ?? (key.length === 1 ? key : key.toLowerCase());
}

/** @param {string | null} wanted `any`, or a name @param {string} pressed of `keyName` */
export function isKey(wanted, pressed) {
  if (!wanted || !pressed) return false;
  return wanted === "any" || wanted === pressed || (wanted.length === 1 && wanted.toLowerCase() === pressed.toLowerCase());
}
