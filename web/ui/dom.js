/**
 * Creates elements without HTML text, and styles without <style>. So a page with a strict Content-Security-Policy (no inline
 * styles, trusted types) can show the plugin. It needs `connect-src` for the server, as the sockets do.
 */

const SVG = "http://www.w3.org/2000/svg";
/** Paths in a 24 x 24 box, drawn with round line ends. */
const ICONS = /** @type {Record<string, string>} */ ({
  camera: "M5 6h8a2.5 2.5 0 0 1 2.5 2.5v7A2.5 2.5 0 0 1 13 18H5a2.5 2.5 0 0 1-2.5-2.5v-7A2.5 2.5 0 0 1 5 6ZM15.5 10.5l6-3.2v9.4l-6-3.2",
  lock: "M7 10.5h10a2.5 2.5 0 0 1 2.5 2.5v5a2.5 2.5 0 0 1-2.5 2.5H7A2.5 2.5 0 0 1 4.5 18v-5A2.5 2.5 0 0 1 7 10.5ZM8 10.5v-3a4 4 0 0 1 8 0v3",
  eye: "M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12ZM15 12a3 3 0 1 1-6 0 3 3 0 0 1 6 0Z",
  good: "m5 12.5 4.5 4.5L19 7.5",
  adjust: "M12 7.5v6M12 17.3v.2M12 2.8 22 20.5H2Z",
  unknown: "M6 12h.01M12 12h.01M18 12h.01",
});

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, unknown>} [properties] as properties where the element has them, as attributes otherwise
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && name !== "list") /** @type {any} */ (element)[name] = value;
    else element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {...Node} children */
export function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** @param {string} name one of ICONS */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

/**
 * Gives the element this content, or hides it if that has no text.
 * @param {HTMLElement} element @param {...(Node | string)} content
 */
export function fill(element, ...content) {
  element.replaceChildren(...content);
  element.hidden = element.textContent === "";
}

/**
 * Hides, removes or replaces elements of a part. If the focus was on one of them, `next` gets it: a keyboard would start
 * again at the top of the page.
 * @param {HTMLElement} part @param {() => void} change @param {() => HTMLElement} next
 */
export function keepFocus(part, change, next) {
  const had = part.contains(document.activeElement);
  change();
  if (had && !document.activeElement?.closest("body *")?.getClientRects().length) next().focus({ preventScroll: true });
}

/** The styles that the page uses as well, and the plugin's own. */
const STYLES = [...["tokens", "game", "positioning", "screen-size", "figure"].map((name) => `css/${name}.css`), "plugin/plugin.css"];
/** @type {Map<string, Promise<CSSStyleSheet>>} */
const sheets = new Map();

/** @param {string} server @returns {Promise<CSSStyleSheet>} the plugin's styles, fetched once for all dialogs of a page */
export function loadStyles(server) {
  const known = sheets.get(server);
  if (known) return known;
  const loading = Promise.all(STYLES.map((path) => fetchText(path, server))).then((texts) => {
    const made = new CSSStyleSheet();
    made.replaceSync(texts.join("\n"));
    return made;
  });
  sheets.set(server, loading);
  loading.catch(() => sheets.delete(server)); // tried again next time
  return loading;
}

/** @param {string} path @param {string} server that has it; a bundle of the plugin lies elsewhere */
async function fetchText(path, server) {
  const response = await fetch(new URL(path, server));
  if (!response.ok) throw new Error(`${path}: the server answered ${response.status}`);
  return response.text();
}

/**
 * The best next step is the primary button and the first one; the other one is the last of their row.
 * @param {HTMLElement} best @param {HTMLElement} other
 */
export function recommend(best, other) {
  for (const button of [best, other]) {
    button.classList.toggle("primary", button === best);
    button.classList.toggle("quiet", button !== best);
  }
  best.parentElement?.prepend(best);
  other.parentElement?.append(other);
}
