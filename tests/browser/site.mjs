// The site of `certwhy docs build` in a browser: from files and from a web server.
//   CERTWHY_SITE  the folder that it was written to
//   CHROMIUM      the browser; /usr/bin/chromium if not set
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL, fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const folder = path.resolve(process.env.CERTWHY_SITE || "site");
const axe = await readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const PAGES = [
  "index.html", "symptoms.html", "symptoms/dcv-failed.html", "stages.html", "graph.html", "guides/4-dcv.html",
  "examples/stuck-in-deployment-pending.html", "best-practices.html", "practices.html", "practices/renewal-window.html",
  "escalation.html", "facts.html", "codes.html", "signals.html", "signals/nginx.html",
  "causes/dcv/dns-record-missing.html", "causes/deploy/key-mismatch.html", "causes/reload/failed.html", "search.html", "404.html",
];
const LINE = '2026-11-18 02:00:12.008 web17.shop.example.net nginx[812]: nginx: [emerg] ' +
  'SSL_CTX_use_PrivateKey("/etc/nginx/ssl/shop.key") failed (SSL: error:05800074:x509 certificate routines::key values mismatch)';

let browser, server, bases;

before(async () => {
  const types = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };
  server = createServer(async (request, response) => {
    const wanted = path.join(folder, decodeURIComponent(new URL(request.url, "http://x").pathname));
    try {
      const content = await readFile(wanted);
      response.writeHead(200, { "content-type": types[path.extname(wanted)] || "text/plain" }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  bases = { file: pathToFileURL(folder + "/").href, http: `http://127.0.0.1:${server.address().port}/` };
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
});

after(async () => {
  await browser?.close();
  server?.close();
});

// A page, and everything that it should not have done.
async function opened(address, { base = "file", width = 1280, dark = false, scripts = true } = {}) {
  const context = await browser.newContext({
    viewport: { width, height: 900 }, colorScheme: dark ? "dark" : "light", javaScriptEnabled: scripts,
  });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => request.url().startsWith(bases[base]) || faults.push("asked for " + request.url()));
  await page.goto(bases[base] + address);
  return { page, faults, close: () => context.close() };
}

for (const base of ["file", "http"]) {
  test(`every kind of page is quiet, over ${base}`, async () => {
    for (const address of PAGES) {
      const { page, faults, close } = await opened(address, { base });
      assert.equal(await page.locator("h1").count(), 1, address);
      assert.deepEqual(faults, [], address);
      await close();
    }
  });

  test(`a pasted line is found, over ${base}`, async () => {
    const { page, faults, close } = await opened("causes/dcv/caa-forbidden.html", { base });
    await page.keyboard.press("/");
    await page.keyboard.insertText(LINE);
    await page.waitForSelector(".found ol a");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/causes/deploy/key-mismatch.html");
    assert.deepEqual(faults, []);
    await close();
  });
}

test("Enter opens the first page found, Escape closes the list", async () => {
  const { page, faults, close } = await opened("index.html");
  await page.fill("#q", "caa record");
  await page.waitForSelector(".found ol a");
  await page.press("#q", "Escape");
  assert.equal(await page.locator(".found").isVisible(), false);
  await page.fill("#q", "dcv.caa-forbidden");
  await page.waitForSelector(".found ol a");
  await page.press("#q", "Enter");
  await page.waitForURL("**/causes/dcv/caa-forbidden.html");
  assert.deepEqual(faults, []);
  await close();
});

test("a search has an address, and bears misspelling", async () => {
  const { page, faults, close } = await opened("search.html?q=" + encodeURIComponent("permision denied key file"));
  await page.waitForSelector(".found ol a");
  const first = await page.locator(".found ol a").first().getAttribute("href");
  assert.equal(first, "causes/deploy/permission-denied.html");
  await page.fill("#q", "zzzzqqq");
  await page.waitForFunction(() => /Nothing found/.test(document.querySelector(".found").textContent));
  assert.deepEqual(faults, []);
  await close();
});

test("what is typed is taken apart as the index is", async () => {
  const { page, close } = await opened("index.html");
  const words = (text) => page.evaluate((text) => certwhySearch.words(text), text);
  // The same texts as in src/publish/site/words.rs.
  assert.deepEqual(
    await words('2026-11-18 02:00:12.008 ERROR [provisioning] nginx: [emerg] unknown directive "ssl_protocols" from 10.0.0.7:443'),
    ["error", "provision", "nginx", "emerg", "unknown", "directiv", "ssl", "protocol", "from"]);
  assert.deepEqual(await words("EMS-1162 0x80094012 AADSTS7000215"), ["ems", "1162", "0x80094012", "aadsts7000215"]);
  assert.deepEqual(await words("serial 03a1f2b3c4d5e6f7 order 123456789"), ["serial", "order"]);
  assert.deepEqual(await words("expires expired expiring"), ["expir", "expir", "expir"]);
  assert.deepEqual(await words("addresses address"), ["address", "address"]);
  assert.deepEqual(await words("アクセス"), ["アク", "クセ", "セス"]);
  await close();
});

test("nothing is wider than a phone", async () => {
  for (const width of [390, 320]) {
    for (const address of PAGES) {
      const { page, close } = await opened(address, { width });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(over <= 0, `${address} is ${over} pixels too wide at ${width}`);
      await close();
    }
  }
});

test("the rules of accessibility are kept, light and dark, wide and narrow", async () => {
  for (const { dark, width } of [{ dark: false, width: 1280 }, { dark: true, width: 390 }]) {
    for (const address of PAGES) {
      const { page, close } = await opened(address, { dark, width });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run(document, { preload: false }));
      assert.deepEqual(violations.map((found) => `${found.id}: ${found.nodes[0].html}`), [], `${address}, dark: ${dark}`);
      await close();
    }
  }
});

test("the list of what was found keeps them too", async () => {
  for (const dark of [false, true]) {
    const { page, close } = await opened("index.html", { dark });
    await page.fill("#q", LINE);
    await page.waitForSelector(".found ol a");
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run(document, { preload: false }));
    assert.deepEqual(violations.map((found) => `${found.id}: ${found.nodes[0].html}`), []);
    await close();
  }
});

test("colours follow the system until the reader chooses, and are remembered", async () => {
  const { page, close } = await opened("index.html", { base: "http", dark: true });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.click("button.theme");
  const light = await ground();
  assert.notEqual(dark, light);
  await page.goto(bases.http + "stages.html");
  assert.equal(await ground(), light);
  assert.equal(await page.getAttribute("button.theme", "aria-pressed"), "false");
  await close();
});

test("the platform is chosen once", async () => {
  const { page, close } = await opened("causes/dcv/dns-record-missing.html", { base: "http" });
  const windows = page.locator('.choice .code[data-platform="windows"]').first();
  assert.equal(await windows.isVisible(), false);
  await page.locator('.choice button[data-for="windows"]:visible').first().click();
  assert.equal(await windows.isVisible(), true);
  await page.reload();
  assert.equal(await windows.isVisible(), true);
  await close();
});

test("commands are copied as they stand", async () => {
  const { page, close } = await opened("causes/dcv/dns-record-missing.html", { base: "http" });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const block = page.locator(".code:visible").first();
  await block.locator(".copy").click();
  await page.waitForFunction(() => document.getElementById("said").textContent === "Copied");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await block.locator("pre").innerText());
  await close();
});

test("without scripts everything can be read", async () => {
  const { page, close } = await opened("causes/dcv/dns-record-missing.html", { scripts: false });
  assert.equal(await page.locator('.code[data-platform="linux"]').first().isVisible(), true);
  assert.equal(await page.locator('.code[data-platform="windows"]').first().isVisible(), true);
  assert.equal(await page.locator("button.theme").isVisible(), false);
  await close();
});

test("nothing moves while a page loads", async () => {
  for (const address of ["index.html", "causes/dcv/dns-record-missing.html"]) {
    const { page, close } = await opened("404.html", { base: "http", width: 390 });
    await page.addInitScript(() => {
      window.moved = 0;
      new PerformanceObserver((list) => list.getEntries().forEach((entry) => { window.moved += entry.value; }))
        .observe({ type: "layout-shift", buffered: true });
    });
    await page.goto(bases.http + address);
    await page.waitForTimeout(500);
    assert.equal(await page.evaluate(() => window.moved), 0, address);
    await close();
  }
});
