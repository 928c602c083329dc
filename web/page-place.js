/**
 * For a page that a study shows: it sends the study how far it is scrolled and how large it is, and nothing else.
 *
 *   <script src="http://127.0.0.1:8765/page-place.js"></script>
 */
(() => {
  if (window.parent === window) return;
  let told = "";
  const tell = () => {
    const { scrollWidth: width, scrollHeight: height } = document.documentElement;
    const place = { type: "sightline-place", x: window.scrollX, y: window.scrollY, width, height };
    if (JSON.stringify(place) === told) return;
    told = JSON.stringify(place);
    window.parent.postMessage(place, "*");
  };
  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || data?.type !== "sightline-place") return;
    told = ""; // the study begins to listen
    tell();
  });
  for (const type of ["scroll", "resize", "load"]) window.addEventListener(type, tell, { passive: true });
  window.setInterval(tell, 500); // content that loads fires no event
  tell();
})();
