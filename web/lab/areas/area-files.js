/**
 * The buttons that read and write files: areas.json, tables and the report.
 *
 * @typedef {import("./areas-file.js").ByStimulus} ByStimulus
 */
import { download, fileName } from "../../ui/download.js";
import { AREAS, PROBLEMS } from "../texts.js";
import { fileOf, readFile } from "./areas-file.js";

export class AreaFiles {
  #server;
  #areas;
  #take;
  #question;
  #announce;
  #problem;

  /**
   * @param {{part: (id: string) => HTMLElement, server: import("../server.js").LabServer, areas: () => ByStimulus,
   *   take: (all: ByStimulus) => void, question: () => import("../server.js").Question, announce: (text: string) => void,
   *   problem: (text: string) => void, signal: AbortSignal}} options areas: of the chosen recordings' stimuli; take: gets those of a file;
   *   question: what the tables are about; problem: shows a text, or none
   */
  constructor({ part, server, areas, take, question, announce, problem, signal }) {
    this.#server = server;
    this.#areas = areas;
    this.#take = take;
    this.#question = question;
    this.#announce = announce;
    this.#problem = problem;
    const on = (/** @type {string} */ id, /** @type {(event: any) => void} */ act, type = "click") => part(id).addEventListener(type, act, { signal });
    on("export-areas", () => this.#export());
    on("import-areas", (event) => void this.#import(event.target), "change");
    for (const table of /** @type {const} */ (["metrics", "fixations", "transitions"])) {
      on(`csv-${table}`, () => void this.#save(this.#server.csv(this.#question(), table), table, "csv"));
    }
    on("save-all", () => void this.#save(this.#server.files(this.#question()), "analysis", "zip"));
    on("save-report", () => void this.#save(this.#server.report(this.#question()), "report", "html"));
  }

  #export() {
    download(new Blob([fileOf(this.#areas())], { type: "application/json" }), "areas.json");
    this.#announce(AREAS.saved);
  }

  /** @param {HTMLInputElement} input */
  async #import(input) {
    const [file] = input.files ?? [];
    input.value = "";
    if (!file) return;
    try {
      const all = readFile(await file.text());
      this.#problem("");
      this.#take(all);
    } catch (error) {
      this.#problem(PROBLEMS.because(AREAS.file.failed(file.name), /** @type {Error} */ (error).message));
    }
  }

  /** @param {Promise<Blob>} asked @param {string} kind @param {string} ending */
  async #save(asked, kind, ending) {
    try {
      download(await asked, fileName(kind, new Date(), ending));
      this.#announce(AREAS.saved);
    } catch (error) {
      this.#problem(PROBLEMS.because(PROBLEMS.download, /** @type {Error} */ (error).message));
    }
  }
}
