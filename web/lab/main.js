/** Connects the parts of the lab. Their modules have the rules. */
import { LiveText } from "../ui/live.js";
import { AboutDialog } from "./about-dialog.js";
import { AreaStore, KEY } from "./areas/area-store.js";
import { AreaSync } from "./areas/area-sync.js";
import { Choice } from "./choice.js";
import { LibraryView } from "./library.js";
import { LabToken, TokenForm } from "./lab-token.js";
import { LabServer, TokenNeeded } from "./server.js";
import { StimulusStrip } from "./stimulus-strip.js";
import { Tabs } from "./tabs.js";
import { Workplace } from "./workplace.js";
import { LIBRARY, PROBLEMS } from "./texts.js";
import { fill, h } from "../ui/dom.js";

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const part = (id) => /** @type {T} */ (document.getElementById(id));

const abort = new AbortController();
const { signal } = abort;
const announce = new LiveText(part("live")).say;
const token = new LabToken();
const server = new LabServer(token);
const choice = new Choice();
const dialog = /** @type {HTMLDialogElement} */ (part("about"));
const without = (/** @type {string} */ removed) => choice.set({ recordings: choice.now.recordings.filter((other) => other !== removed) });
const store = new AreaStore();
const sync = new AreaSync({ server, store, signal });
window.addEventListener("storage", ({ key }) => key === KEY && store.reread(), { signal });
const about = new AboutDialog({ dialog, server, beforeZip: (info) => sync.save(info.stimuli), changed: () => void refresh(), removed: without, announce });
const library = new LibraryView({ part, choice, about: (info) => about.open(info), signal });
const strip = new StimulusStrip({ root: part("stimuli"), choice, server });
const tabs = new Tabs({ list: /** @type {HTMLElement} */ (document.querySelector("[role=tablist]")), choose: (view) => choice.set({ view: /** @type {any} */ (view) }), signal });
const workplace = new Workplace({ part, server, choice, strip, tabs, store, sync, announce, signal });

const tokenForm = new TokenForm({ part, token, opened: () => void refresh(), announce, signal });

/** @param {string} text @param {() => unknown} retry */
function explain(text, retry) {
  fill(part("problem"), text, " ", h("button", { type: "button", onclick: () => void retry() }, PROBLEMS.retry));
  announce(text);
}

async function refresh() {
  part("problem").hidden = true;
  try {
    const infos = await server.list();
    tokenForm.hide();
    await sync.load();
    library.show(infos);
    workplace.show(infos);
  } catch (error) {
    if (error instanceof TokenNeeded) return tokenForm.show();
    explain(PROBLEMS.because(PROBLEMS.list, /** @type {Error} */ (error).message), refresh);
  }
}

/** In a narrow window, the list opens over the rest. */
function showLibrary(open = !document.body.classList.contains("is-library-open")) {
  document.body.classList.toggle("is-library-open", open);
  part("show-library").setAttribute("aria-expanded", String(open));
  part("library-words").textContent = open ? LIBRARY.done : LIBRARY.title;
}

part("refresh").addEventListener("click", () => void refresh(), { signal });
part("show-library").addEventListener("click", () => showLibrary(), { signal });
part("open-library").addEventListener("click", () => showLibrary(true), { signal });
document.addEventListener("keydown", ({ key }) => key === "Escape" && !dialog.open && showLibrary(false), { signal });
part("library-list").addEventListener("click", (event) => /** @type {Element} */ (event.target).closest(".open") && showLibrary(false), { signal });
void refresh();
