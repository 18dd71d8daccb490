// Every page in every way it is looked at; see look.sh.
import { execFileSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import fs from "node:fs";
import puppeteer from "puppeteer-core";

const { BIN, DIR, PICTURES, CHROMIUM } = process.env;
const base = fs.readFileSync(`${DIR}/address`, "utf8").trim();
const axe = fs.readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const latchkey = (...words) => execFileSync(BIN, [...words, "--dir", DIR], { encoding: "utf8" });
const cases = JSON.parse(latchkey("cases", "--json"));
const closed = JSON.parse(latchkey("cases", "--closed", "--json"));
const [IT, HR, SECURITY, AUDITOR, FACILITIES, MANAGER] =
  ["ada.king", "ines.albrecht", "chidi.eze", "eva.lind", "maria.silva", "tom.keller"].map((name) => `${name}@acme.example`);

/// A case of the company: the furthest of those that fit, so that there is something to see.
const furthest = (fits, of = cases) => of.filter(fits).sort((a, b) => b.ended - a.ended)[0].id;
const hire = furthest((one) => one.kind === "hire" && one.state === "open" && one.late === 0);
const urgent = furthest((one) => one.kind === "urgent exit");
const still = furthest((one) => one.state.includes("stands still"));
const gone = furthest((one) => one.kind === "exit" && one.state === "closed", closed);
const employee = (id) => JSON.parse(latchkey("case", id, "--json")).case.employeeId;
/// A task that somebody has put aside half done, with fields to fill in.
const asked = cases.flatMap((one) => one.kind === "hire" && one.state === "open" ? JSON.parse(latchkey("case", one.id, "--json")).tasks : [])
  .find((task) => task.id === "laptop" && task.state === "asked");

// Who looks at what, and the picture that is kept of it. A new page is a new line.
const pages = [
  [IT, "/", "today"], [HR, "/cases", "cases"], [HR, `/cases/${hire}`, "case"], [SECURITY, `/cases/${urgent}/board?still=true`, "board"],
  [IT, `/cases/${asked.caseId}/tasks/laptop`, "task"], [IT, `/cases/${still}`, "case-still"], [AUDITOR, `/cases/${gone}`, "case-closed"],
  [HR, "/cases?shelf=closed", "cases-closed"], [HR, "/people", "people"], [MANAGER, "/people", "people-manager"],
  [HR, `/people/${employee(hire)}`, "person"], [HR, `/people/${employee(hire)}/what-if?department=Finance`, "what-if"],
  [HR, "/report", "report"], [SECURITY, "/held", "held"], [IT, "/findings", "findings"], [IT, "/systems", "systems"],
  [IT, "/systems/directory", "system"], [IT, "/setup", "setup"], [AUDITOR, "/audit", "audit"], [HR, "/import", "import"],
  [HR, "/search?q=an", "search"], [AUDITOR, "/me", "me"], [FACILITIES, "/people", "refused"], [null, "/sign-in", "sign-in"], [null, "/nowhere", "nowhere"],
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
    const [link] = latchkey("sign-in", who).split("\n");
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
