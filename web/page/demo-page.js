/** What the page says and shows differently with a rendered person in place of a camera. */

/** @param {(id: string) => HTMLElement} part */
export function labelDemo(part) {
  part("demo-badge").hidden = false;
  // A rendered person's calibration is of no use to anybody.
  for (const id of ["profiles", "keep"]) part(id).hidden = true;
  part("start").lastChild?.replaceWith("Start the demo");
  for (const id of ["demo-link", "problem-demo"]) {
    part(id).replaceChildren("Use my own camera");
    part(id).setAttribute("href", "./");
  }
}

/**
 * Whose eyes move the dot, in a corner of the page.
 * @param {{part: (id: string) => HTMLElement, stream: MediaProvider | null}} options
 */
export function showDemoPerson({ part, stream }) {
  const view = /** @type {HTMLVideoElement} */ (part("demo-view"));
  view.srcObject = stream;
  view.hidden = false;
  view.play().catch((error) => console.info("the demo person's view did not play:", error.message));
}
