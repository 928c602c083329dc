/**
 * Plays the page in Firefox over WebDriver BiDi, and prints what it saw as one line of JSON: node firefox.mjs FIREFOX SERVER SITE
 * SITE: a page of another origin with the plugin (tests/support/foreign_page.py). Run by test_firefox.py.
 */
import puppeteer from "../npm/node_modules/puppeteer-core/lib/esm/puppeteer/puppeteer-core.js";

const [executablePath, server, site] = process.argv.slice(2);
const timeout = 60_000 * Number(process.env.SIGHTLINE_TEST_TIME_FACTOR ?? 1);
/** Firefox's own camera without a device: a picture of one colour that changes. It is allowed without a question. */
const FAKE_CAMERA = { "media.navigator.streams.fake": true, "media.navigator.permission.disabled": true };

const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true, extraPrefsFirefox: FAKE_CAMERA });
const errors = [];

/** Opens an address and returns what `use` returns. The page is closed then. */
async function visit(address, use) {
  const page = await browser.newPage();
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.setViewport({ width: 1280, height: 720 });
  page.setDefaultTimeout(timeout);
  await page.goto(address);
  try {
    return await use(page);
  } finally {
    await page.close();
  }
}

const textOf = (page, selector) => page.$eval(selector, (element) => element.textContent);

async function playDemo(page) {
  await page.click("#start");
  await page.waitForSelector("#calibrate:enabled");
  await page.$eval("#plan input[value=quick]", (input) => input.click());
  await page.click("#calibrate");
  await page.waitForSelector('body[data-state="result"]');
  await page.click("#track");
  await page.waitForSelector("#gaze-dot:not([hidden])");
  return { state: await page.$eval("body", (body) => body.dataset.state), words: await textOf(page, "#face-words") };
}

async function playStudy(page) {
  await page.click("#agree");
  await page.waitForSelector("#calibrate:enabled");
  await page.click("#calibrate");
  await page.waitForSelector('body[data-state="ready"]');
  await page.click("#begin");
  await page.waitForSelector("#shown img");
  await page.waitForSelector('body[data-state="thanks"]');
  return textOf(page, "#saved");
}

async function useCamera(page) {
  await page.click("#start");
  await page.waitForSelector('body[data-state="positioning"]');
  await page.waitForSelector('[data-check="found"][data-verdict="adjust"]'); // the server has answered: there is no face
  return { width: await page.$eval("#preview", (video) => video.videoWidth), words: await textOf(page, '[data-check="found"]') };
}

async function usePlugin(page) {
  await page.waitForFunction("window.ready");
  await page.focus("#go"); // the styles of that page hide it
  await page.keyboard.press("Enter");
  await page.waitForFunction("window.seen.outcome && window.seen.gaze.length > 3");
  return page.evaluate(() => {
    const { outcome, gaze } = window.seen;
    window.gaze.close();
    return { outcome, status: gaze.at(-1).status };
  });
}

try {
  const seen = {
    demo: await visit(`${server}/?demo`, playDemo),
    study: await visit(`${server}/study/?demo`, playStudy),
    camera: await visit(server, useCamera),
    plugin: await visit(site, usePlugin),
  };
  console.log(JSON.stringify({ ...seen, errors }));
} finally {
  await browser.close();
}
