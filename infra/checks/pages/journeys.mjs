// What people do in the pages, each from its beginning to its end; see journeys.sh.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { Hand, WAYS, launch } from "./hand.mjs";

const { BIN, DIR, CHROMIUM, ONLY, company } = process.env;
const base = fs.readFileSync(`${DIR}/address`, "utf8").trim();
const latchkey = (...words) => execFileSync(BIN, [...words, "--dir", DIR], { encoding: "utf8" });
const [ADA, BEN, INES, CHIDI, SARA, EVA, MARIA, TOM] = ["ada.king", "ben.hartmann", "ines.albrecht", "chidi.eze", "sara.lehto", "eva.lind", "maria.silva", "tom.keller"]
  .map((name) => `${name}@acme.example`);
const inDays = (days) => new Date(Date.now() + days * 864e5).toISOString().slice(0, 10);

/// Something that comes about by Latchkey's own work, which takes a moment.
async function comes(what, look, seen = () => "") {
  for (let tries = 0; tries < 150; tries++) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${what} does not come: ${await seen()}`);
}

/// A person's number, new each time.
let number = 7000;

class People {
  constructor(browser, way) { Object.assign(this, { browser, way, all: {} }); }

  async of(address) {
    if (this.all[address]) return this.all[address];
    const hand = await Hand.of(this.browser, base, this.way);
    await hand.goes(latchkey("sign-in", address).split("\n")[0]);
    await hand.press("Sign in");
    return (this.all[address] = hand);
  }

  /// Somebody whom HR reports in the page. Gives the case.
  async hired({ family, days = 9, department = "Sales", title = "Account Executive" }) {
    const hr = await this.of(INES), id = `${++number}`;
    family += ` ${this.way[0].toUpperCase()}`;
    await hr.goes("/report");
    await hr.ticks("Somebody starts");
    for (const [label, value] of Object.entries({
      "Given name": "Juno", "Family name": family, "Employee number": id, "First day": inDays(days), Department: department, Title: title,
      "Works in": "Berlin", Country: "Germany", "Employed as": "employee",
    })) await hr.fills(label, value);
    await hr.press("Show what happens");
    await hr.sees("Is this right?", `Juno ${family}`, "Prepare the laptop", "Nothing has happened yet");
    await hr.press("Confirm the hire");
    await hr.sees(`Juno ${family}`);
    return { id, name: `Juno ${family}`, case: hr.path().split("?")[0] };
  }

  /// The page of a task, once its team has been asked.
  async asked(hand, person, task) {
    await comes(`the question of ${task}`, async () => {
      await hand.goes(`${person.case}/tasks/${task}`);
      return hand.status === 200 && (await hand.text()).includes("It is done");
    });
  }
}

/// In a company that begins.
const begun = {
  async "whoever sets it up is told the one thing that comes next"(people) {
    await people.hired({ family: "Erste" });
    const ada = await people.of(ADA);
    await ada.goes("/setup");
    await ada.sees("Next");
    // The other one's journey may have had it tried already.
    await ada.press((await ada.text()).includes("Try it now") ? "Try it now" : "Look again");
    await ada.sees("Everything that can be called from here was tried", "secret");
    await ada.press("Show me where, and test");
    await ada.sees("Test now");
  },

  async "an approver says yes to one thing and no to another"(people) {
    const person = await people.hired({ family: "Adeyemi", department: "Engineering", title: "Platform Engineer" });
    const sara = await people.of(SARA), task = `${person.case}/tasks/approve.directory.security`;
    await comes("the question of Security", async () => {
      await sara.goes(task);
      return sara.status === 200 && (await sara.text()).includes("Yes, give it");
    });
    await sara.press("Answer");
    await sara.sees("Not recorded yet");
    await sara.ticks("Yes, give it", "vpn");
    await sara.ticks("No", "production");
    await sara.fills("Reason for a no", "After the probation");
    await sara.press("Answer");
    await comes("what was refused, in the case", async () => {
      await sara.goes(person.case);
      return (await sara.text()).includes("not production");
    }, () => sara.text());
  },

  async "HR is asked about a task, and answers"(people) {
    const person = await people.hired({ family: "Whitfield" });
    const [ada, hr] = [await people.of(ADA), await people.of(INES)];
    await people.asked(ada, person, "laptop");
    await ada.fills("Your question", `Which keyboard for ${person.name}?`);
    await ada.press("Ask People Team");
    await ada.sees(`Which keyboard for ${person.name}?`);
    await hr.goes("/");
    await hr.sees("Questions to you");
    await hr.press(`Which keyboard for ${person.name}?`);
    await hr.fills("Your answer", "A German one");
    await hr.press("Answer");
    await ada.goes(`${person.case}/tasks/laptop`);
    await ada.sees("A German one", "Ines Albrecht");
  },

  async "a stand-in gets the tasks of whoever is away"(people) {
    const person = await people.hired({ family: "Nakamura" });
    const [ada, ben] = [await people.of(ADA), await people.of(BEN)];
    await people.asked(ada, person, "laptop");
    await ada.press("Take it");
    await ada.goes("/me");
    await ada.fills("From", inDays(0));
    await ada.fills("Until", inDays(3));
    await ada.fills("Stand-in", "Ben Hartmann");
    await ada.press("Add");
    await ben.goes("/");
    await ben.sees("Ada King", "you stand in");
    await ben.goes("/?whose=mine");
    await ben.press("Prepare the laptop", person.name);
    await ben.press("Take it");
    await ben.sees("You have it");
    for (const step of ["Standard image is installed", "Disk encryption is on", "Handed to the reception"]) await ben.ticks(step);
    await ben.fills("Serial number of the laptop", "C02-stand-in");
    await ben.press("It is done");
    await ben.sees("Ben Hartmann");
    await ada.goes("/me");
    await ada.press("Take out");
  },

  async "HR reports a hire, and what is wrong is said at its place"(people) {
    const hr = await people.of(INES);
    await hr.goes("/");
    await hr.press("Report");
    await hr.ticks("Somebody starts");
    await hr.fills("Given name", "Juno");
    await hr.press("Show what happens");
    await hr.sees("Nothing has happened yet", "Family name");
    await people.hired({ family: "Okonkwo" });
  },

  async "IT takes, puts aside and completes a task"(people) {
    const person = await people.hired({ family: "Larsen" });
    const ada = await people.of(ADA);
    await people.asked(ada, person, "laptop");
    await ada.goes("/");
    await ada.press("Prepare the laptop", person.name);
    await ada.press("Take it");
    await ada.sees("You have it");
    await ada.ticks("Standard image is installed");
    await ada.fills("Serial number of the laptop", "C02-half");
    await ada.press("Keep for later");
    await ada.sees("Put aside by Ada King");
    await ada.press("It is done");
    await ada.sees("Not recorded yet");
    for (const step of ["Disk encryption is on", "Handed to the reception"]) await ada.ticks(step);
    await ada.press("It is done");
    await ada.sees("Ada King");
    await comes("the verified laptop", async () => {
      await ada.goes(`${person.case}/tasks/laptop`);
      return (await ada.text()).includes("Nothing is left to do here");
    });
  },

  async "a task is handed over, and declined"(people) {
    const person = await people.hired({ family: "Moreau" });
    const [ada, ben] = [await people.of(ADA), await people.of(BEN)];
    await people.asked(ada, person, "laptop");
    await ada.opens("Hand over to a colleague");
    await ada.fills("To", "Ben Hartmann");
    await ada.fills("What they should know", "The dock is on order");
    await ada.press("Hand over");
    await ada.sees("Ben Hartmann has it");
    await ben.goes("/?whose=mine");
    await ben.press("Prepare the laptop", person.name);
    await ben.sees("You have it", "The dock is on order");
    await ben.opens("Decline this task");
    await ben.sees("decides what happens then");
    await ben.fills("Reason", "No laptop is left in stock");
    await ben.press("Decline");
    await ben.sees("decides what happens then");
    const hr = await people.of(INES);
    await hr.goes(person.case);
    await hr.sees("declined");
  },

  async "Security cuts somebody off at once, and watches"(people) {
    const person = await people.hired({ family: "Petrov", days: 0 });
    const chidi = await people.of(CHIDI);
    await chidi.goes("/report");
    if (!(await chidi.text()).includes("What happens?")) throw new Error("no choice");
    await chidi.ticks("Somebody has to leave now");
    await chidi.fills("Who", person.id);
    await chidi.fills("Reason", "An incident");
    await chidi.press("Show what happens");
    await chidi.sees(`Cut ${person.name} off now?`, "loses everything");
    await chidi.fills("To go on, type the employee number", person.id);
    await chidi.press("Cut everything off now");
    if (!chidi.path().includes("/board")) throw new Error(`not the board: ${chidi.path()}`);
    await chidi.sees(person.name);
  },

  async "a manager sees who reports to them, and nobody else"(people) {
    const tom = await people.of(TOM);
    await tom.goes("/people");
    await tom.sees("Amara Okafor");
    await tom.seesNot("Jonas Lindqvist");
    await tom.press("Amara Okafor");
    await tom.goes("/people/1021");
    if (tom.status !== 403) throw new Error(`a stranger's page answers ${tom.status}`);
    await tom.sees("People Team");
  },

  async "whoever is of another team is told whom to ask"(people) {
    const maria = await people.of(MARIA);
    await maria.goes("/people");
    if (maria.status !== 403) throw new Error(`it answers ${maria.status}`);
    await maria.sees("people@acme.example");
  },
};

/// In a company that has lived with Latchkey for months.
const lived = {
  async "the brake is confirmed for some"(people) {
    const chidi = await people.of(CHIDI);
    await chidi.goes("/held");
    const names = await chidi.page.$$eval("input[value=go]", (all) => all.filter((one) => one.name !== "all").map((one) => one.closest("fieldset, tr, li").innerText.trim().split("\n")[0]));
    if (names.length < 2) throw new Error(`only ${names} are held`);
    await chidi.ticks("Goes on", names[0]);
    await chidi.press("Look once more");
    await chidi.sees("How many go on?");
    await chidi.fills("How many go on? Type the number", "1");
    await chidi.press("Decide it");
    await chidi.sees("It is decided");
    await chidi.goes("/held");
    await chidi.seesNot(names[0]);
    await chidi.sees(names[1]);
  },

  async "a finding is repaired"(people) {
    const ada = await people.of(ADA);
    await ada.goes("/findings");
    await ada.press("Repair it");
    await ada.sees("Repair it, with my name");
    await ada.press("Repair it, with my name");
    await ada.sees("Changed, and read back");
    await ada.press("Back to the findings");
  },

  async "an auditor follows a leaver from HR's word to the last read-back"(people) {
    const eva = await people.of(EVA);
    await eva.goes("/cases?shelf=closed&kind=exit");
    await eva.press("", "closed");
    await eva.sees("read back");
    await eva.press("as it came");
    await eva.sees("as delivery");
    await eva.page.goBack();
    await eva.press("Take access back: Company directory");
    await eva.sees("verified", "suspended, with nothing");
    await eva.press("All records of the case, each with its hash");
    await eva.sees("suspended, with nothing");
  },
};

const journeys = company === "lived-in" ? lived : begun;
const browser = await launch(CHROMIUM);
let bad = 0;
for (const way of Object.keys(WAYS)) {
  for (const [name, journey] of Object.entries(journeys)) {
    if (ONLY && !name.includes(ONLY)) continue;
    const people = new People(browser, way);
    try {
      await journey(people);
      console.log(`ok      ${name} (${way})`);
    } catch (error) {
      bad += 1;
      console.error(`FAILED  ${name} (${way}): ${error.stack}`);
    }
    for (const hand of Object.values(people.all)) await hand.leaves();
  }
}
await browser.close();
console.log(`${bad} failed`);
process.exit(bad ? 1 : 0);
