/** Full screen, if the browser allows it. The game works without it, too. */

/** The window needs a moment to take its new size. */
const SETTLE_MS = 350;

/** @returns {Promise<boolean>} whether the page fills the screen now */
export async function enterFullScreen() {
  if (document.fullscreenElement) return true;
  if (!document.documentElement.requestFullscreen) return false;
  const settled = new Promise((resolve) => {
    window.addEventListener("resize", resolve, { once: true });
    window.setTimeout(resolve, SETTLE_MS);
  });
  try {
    await document.documentElement.requestFullscreen({ navigationUI: "hide" });
  } catch (error) {
    console.info("full screen was refused, the game runs in the window:", /** @type {Error} */ (error).message);
    return false;
  }
  await settled;
  await new Promise((resolve) => requestAnimationFrame(() => resolve(undefined)));
  return true;
}

export async function leaveFullScreen() {
  if (document.fullscreenElement) await document.exitFullscreen().catch(() => {}); // the person may have left it already
}

export async function toggleFullScreen() {
  await (document.fullscreenElement ? leaveFullScreen() : enterFullScreen());
}
