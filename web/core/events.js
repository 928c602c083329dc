/** Listens to custom events until a signal is aborted. */

/**
 * @param {EventTarget} target @param {string} type @param {(detail: any, event: any) => void} act detail: undefined for events
 *   that have none @param {AbortSignal} signal
 */
export function listen(target, type, act, signal) {
  target.addEventListener(type, (event) => act(/** @type {CustomEvent} */ (event).detail, event), { signal });
}
