// Somebody at a browser who only does what a person can: reads, and uses the keyboard alone, or a finger on a phone without script.
import puppeteer from "puppeteer-core";

/// The two ways in which every journey is made.
export const WAYS = {
  keyboard: { width: 1280, phone: false, script: true },
  "phone without script": { width: 360, phone: true, script: false },
};

/// More steps of Tab than any page has places.
const PLACES = 400;

export class Hand {
  static async of(browser, base, way) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    const { width, phone, script } = WAYS[way];
    await page.setViewport({ width, height: 900, isMobile: phone, hasTouch: phone });
    await page.setJavaScriptEnabled(script);
    return Object.assign(new Hand(), { page, base, phone, status: 0 });
  }

  async goes(path) {
    const answer = await this.page.goto(path.startsWith("http") ? path : this.base + path);
    this.status = answer.status();
    return this;
  }

  path() { return this.page.url().slice(this.base.length); }

  async text() { return (await this.page.evaluate(() => document.body.innerText)).replace(/\s+/g, " "); }

  /// Fails unless the page says each of these.
  async sees(...all) {
    const text = await this.text();
    for (const words of all) if (!text.includes(words)) throw new Error(`"${words}" is not on ${this.page.url()} (${this.status}): ${text.slice(0, 3000)}`);
  }

  async seesNot(...all) {
    const text = await this.text();
    for (const words of all) if (text.includes(words)) throw new Error(`"${words}" is on ${this.page.url()}`);
  }

  /// A link, button or summary by its words; `within`: the words of the row, or of the form, that it is of.
  async press(words, within = "") { await this.leads(await this.find("a, button, summary", words, within)); }

  /// A link, button or summary that leads nowhere else: opened, or closed.
  async opens(words) { await this.act(await this.find("summary", words)); }

  /// A field by its label.
  async fills(label, value) {
    const field = await this.find("input, textarea, select", label);
    const kind = await field.evaluate((one) => one.tagName === "SELECT" ? "select" : one.type);
    await this.reach(field);
    if (kind === "select") return this.chooses(field, value);
    if (kind === "date") return this.page.keyboard.type(`${value.slice(5, 7)}${value.slice(8)}${value.slice(0, 4)}`);
    await this.page.keyboard.down("Control");
    await this.page.keyboard.press("a");
    await this.page.keyboard.up("Control");
    await this.page.keyboard.type(value);
  }

  async chooses(field, value) {
    const steps = await field.evaluate((one, words) => [...one.options].findIndex((option) => option.text.includes(words)) - one.selectedIndex, value);
    for (let step = 0; step < Math.abs(steps); step++) await this.page.keyboard.press(steps > 0 ? "ArrowDown" : "ArrowUp");
    const now = await field.evaluate((one) => one.selectedOptions[0].text);
    if (!now.includes(value)) throw new Error(`${value} is not a choice: ${now}`);
  }

  /// A box or one of several choices by its words.
  async ticks(words, within = "") {
    const box = await this.find("input[type=checkbox], input[type=radio]", words, within);
    await this.act(box);
    if (!await box.evaluate((one) => one.checked)) throw new Error(`${words} is not ticked`);
  }

  /// What can be seen and used, and is called so.
  async find(kinds, words, within) {
    const found = await this.page.evaluateHandle((kinds, words, within) => {
      const flat = (text) => (text || "").replace(/\s+/g, " ").trim();
      const name = (one) => flat([one.getAttribute("aria-label"), ...[...(one.labels || [])].map((label) => label.innerText), one.labels?.length ? "" : one.innerText].join(" "));
      const about = (one) => flat(one.closest("[data-row], tr, li, fieldset, form, details")?.innerText);
      const all = [...document.querySelectorAll(kinds)].filter((one) => one.checkVisibility({ visibilityProperty: true }));
      const fit = all.filter((one) => name(one).includes(words) && (!within || about(one).includes(within)));
      return fit.find((one) => name(one) === words) || fit[0] || null;
    }, kinds, words, within);
    if (!found.asElement()) throw new Error(`nothing is called "${words}"${within && ` beside "${within}"`} on ${this.page.url()}: ${(await this.text()).slice(0, 3000)}`);
    return found.asElement();
  }

  /// Comes to a place: by Tab from place to place, as long as it takes, and to one of several choices by the arrows; or by looking for it.
  async reach(place) {
    if (this.phone) {
      await place.scrollIntoView();
      return place.focus();
    }
    const at = () => place.evaluate((one) => {
      const here = document.activeElement;
      if (here === one) return "here";
      return one.type === "radio" && here?.type === "radio" && here.name === one.name && here.form === one.form ? "beside" : "elsewhere";
    });
    for (let step = 0, where; step < PLACES; step++) {
      where = await at();
      if (where === "here") return this.isSeen(place);
      await this.page.keyboard.press(where === "beside" ? "ArrowDown" : "Tab");
    }
    throw new Error(`the keyboard does not come to ${await place.evaluate((one) => one.outerHTML)}`);
  }

  /// Whoever uses the keyboard sees where it is.
  async isSeen(place) {
    const shown = await place.evaluate(async (one) => {
      const inside = (box) => box.bottom > 0 && box.top < innerHeight;
      // The page comes along smoothly.
      for (let frame = 0; frame < 120 && (frame < 2 || !inside(one.getBoundingClientRect())); frame++) await new Promise(requestAnimationFrame);
      const look = getComputedStyle(one), around = getComputedStyle(one.closest("label") ?? one);
      const outlined = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
      return { in: inside(one.getBoundingClientRect()), outline: outlined(look) || outlined(around), what: one.outerHTML.slice(0, 200) };
    });
    if (!shown.in || !shown.outline) throw new Error(`the focus is not seen: ${JSON.stringify(shown)}`);
  }

  async act(place) {
    await this.reach(place);
    if (this.phone) {
      // Of words that go on in the next line, the first one, once the page has come along.
      const middle = () => place.evaluate((one) => {
        const first = one.getClientRects()[0];
        return [first.x + first.width / 2, first.y + first.height / 2];
      });
      let before, [x, y] = await middle();
      do {
        before = y;
        await new Promise((resolve) => setTimeout(resolve, 50));
        [x, y] = await middle();
      } while (y !== before);
      return this.page.touchscreen.tap(x, y);
    }
    const kind = await place.evaluate((one) => one.type);
    // Coming to one of several choices by an arrow chooses it already.
    await this.page.keyboard.press(["checkbox", "radio"].includes(kind) ? "Space" : "Enter");
  }

  async leads(place) {
    const [answer] = await Promise.all([this.page.waitForNavigation({ timeout: 15_000 }), this.act(place)]);
    this.status = answer?.status() ?? 200;
  }

  async leaves() { await this.page.browserContext().close(); }
}

export const launch = (executablePath) => puppeteer.launch({ executablePath, args: ["--no-sandbox", "--lang=en-US"] });
