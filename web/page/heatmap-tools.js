/** The heat map's buttons: on and off, clear, save. */
import { download, fileName } from "../ui/download.js";
import { heatmapPicture } from "./heatmap-picture.js";
import { TRACKING } from "./texts.js";

/**
 * @param {{heatmap: import("./heatmap.js").Heatmap, geometry: import("../core/geometry.js").ScreenGeometry, clear: () => void, part: (id: string) => HTMLElement,
 *   announce: (text: string) => void, signal: AbortSignal}} options  `clear` empties the map here and at the server
 */
export function bindHeatmapTools({ heatmap, geometry, clear, part, announce, signal }) {
  const toggleButton = part("toggle-heatmap");
  const clearButton = /** @type {HTMLButtonElement} */ (part("clear-heatmap"));
  const saveButton = /** @type {HTMLButtonElement} */ (part("save-heatmap"));

  const show = () => {
    toggleButton.setAttribute("aria-pressed", String(heatmap.shown));
    clearButton.disabled = heatmap.empty;
    saveButton.disabled = heatmap.empty;
  };
  const toggle = () => {
    heatmap.toggle();
    announce(heatmap.shown ? TRACKING.heatmapOn : TRACKING.heatmapOff);
  };
  const clearAloud = () => {
    clear();
    announce(TRACKING.heatmapCleared);
  };
  const save = async () => {
    if (heatmap.empty) {
      announce(TRACKING.heatmapEmpty);
      return;
    }
    const when = new Date();
    const pictures = /** @type {HTMLImageElement[]} */ ([...document.querySelectorAll(".board img")]);
    const picture = heatmapPicture(heatmap.onScreen(), { layout: geometry.layout, pictures, when });
    download(await picture.convertToBlob({ type: "image/png" }), fileName("heatmap", when, "png"));
    announce(TRACKING.heatmapSaved);
  };

  heatmap.addEventListener("change", show, { signal });
  toggleButton.addEventListener("click", toggle, { signal });
  clearButton.addEventListener("click", clearAloud, { signal });
  saveButton.addEventListener("click", () => void save(), { signal });
  show();
  return { toggle, clear: clearAloud, save: () => void save() };
}
