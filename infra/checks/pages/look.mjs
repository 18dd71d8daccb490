// Every page in every way it is looked at; see look.sh.
import { execFileSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import fs from "node:fs";
import puppeteer from "puppeteer-core";

const { BIN, DIR, PICTURES, CHROMIUM } = process.env;
const base = fs.readFileSync(`${DIR}/address`, "utf8").trim();
const axe = fs.readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const cases = JSON.parse(execFileSync(BIN, ["cases", "--dir", DIR, "--json"], { encoding: "utf8" }));
const of = (kind) => cases.find((one) => one.id.startsWith(kind)).id;
const [IT, HR, SECURITY, AUDITOR, FACILITIES] =
  ["ada.king", "ines.albrecht", "chidi.eze", "eva.lind", "maria.silva"].map((name) => `${name}@acme.example`);

// Who looks at what, and the picture that is kept of it.
const pages = [
  [IT, "/", "today"], [IT, "/cases", "cases"], [HR, `/cases/${of("hire-1042")}`, "case"],
  [SECURITY, `/cases/${of("urgent-exit")}/board?still=true`, "board"], [IT, `/cases/${of("hire-1042")}/tasks/laptop`, "task"],
  [HR, "/people", "people"], [HR, "/people/1021", "person"], [HR, "/people/1021/what-if?department=Sales", "what-if"],
  [HR, "/report", "report"], [SECURITY, "/held", "held"], [IT, "/findings", "findings"], [IT, "/systems", "systems"],
  [IT, "/systems/directory", "system"], [IT, "/setup", "setup"], [AUDITOR, "/audit", "audit"], [HR, "/import", "import"],
  [HR, "/search?q=nobody", "search"], [AUDITOR, "/me", "me"], [FACILITIES, "/people", "refused"], [null, "/sign-in", "sign-in"], [null, "/nowhere", "nowhere"],
];
// Kilobytes over the wire, of docs/PAGES.md.
const WEIGHT = { page: 20, style: 11, script: 3 };

const browser = await puppeteer.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
const bad = [];

async function signedIn(who) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setBypassCSP(true); // for axe-core alone
  if (who) {
    const [link] = execFileSync(BIN, ["sign-in", who, "--dir", DIR], { encoding: "utf8" }).split("\n");
    await page.goto(link);
    await Promise.all([page.waitForNavigation(), page.click("button[type=submit]")]);
  }
  return page;
}

const heavy = (what, bytes, most) => { const kb = gzipSync(bytes).length / 1024; if (kb > most) bad.push(`${what} weighs ${kb.toFixed(1)} KB`); };
for (const [file, most] of [["latchkey.css", WEIGHT.style], ["latchkey.js", WEIGHT.script]]) {
  heavy(file, Buffer.from(await (await fetch(`${base}/${file}`)).arrayBuffer()), most);
}

for (const [who, path, name] of pages) {
  const page = await signedIn(who);
  for (const [way, width, dark, script] of [["desktop", 1280, false, true], ["dark", 1280, true, true], ["phone", 360, false, true], ["narrow", 320, false, true], ["without script", 360, false, false]]) {
    await page.setViewport({ width, height: 900, isMobile: width < 500, hasTouch: width < 500 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]);
    await page.setJavaScriptEnabled(script);
    const answer = await page.goto(base + path);
    const where = `${path} (${way})`;
    heavy(where, await answer.buffer(), WEIGHT.page);
    if (script) {
      if (await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)) bad.push(`${where} scrolls sideways`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run());
      for (const found of violations) bad.push(`${where}: ${found.id}, ${found.help}: ${found.nodes[0].html.slice(0, 120)}`);
    }
    if (PICTURES && (way === "desktop" || (way === "phone" && ["today", "case"].includes(name)))) {
      await page.screenshot({ path: `${PICTURES}/${name}${way === "phone" ? "-phone" : ""}.png`, clip: { x: 0, y: 0, width, height: 900 } });
    }
  }
  console.log(`looked at ${path}`);
  await page.browserContext().close();
}
await browser.close();
for (const one of bad) console.error(one);
process.exit(bad.length ? 1 : 0);
