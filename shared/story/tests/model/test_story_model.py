"""Exhaustive and hand-written tests of the reference model. python3 test_story_model.py scenarios | pairs | triples | core |
fours COUNT SEED | more COUNT SEED SIZE | fuzz COUNT SEED"""
import dataclasses, datetime as dt, itertools, json, random, sys, time
from pathlib import Path
import story_model as m
from story_model import Event, Story, NEG
from story_difference import difference

HERE = Path(__file__).parent
BASE = dt.date(2027, 3, 1).toordinal() - 1            # day n of a scenario is the nth of March 2027


def day(x):
    return None if x is None else BASE + x if isinstance(x, int) else dt.date.fromisoformat(x).toordinal()


def instant(x):
    """12 -> day 12 at 09:00; "12 14:30"; an ISO instant."""
    if isinstance(x, int):
        return day(x) * 1440 + 540
    if "T" in x:
        t = dt.datetime.fromisoformat(x.replace("Z", "+00:00"))
        return t.date().toordinal() * 1440 + t.hour * 60 + t.minute
    d, t = x.split()
    h, mi = t.split(":")
    return day(int(d)) * 1440 + int(h) * 60 + int(mi)


def event(raw, people):
    told = {}
    for part in raw.get("person", []) if isinstance(raw.get("person"), list) else [raw.get("person", {})]:
        told.update(people[part] if isinstance(part, str) else part)
    at = instant(raw["at"])
    return Event(raw["kind"], raw["id"], at, instant(raw["received"]) if "received" in raw else at, day(raw.get("day")),
                 tuple(sorted(told.items())), raw.get("previous_id"), day(raw.get("start_date")), day(raw.get("last_day")), tuple(raw.get("unread", ())))


def shown(x):
    return None if x is None else x if x <= NEG else x - BASE


# --- what systems have in the end ---------------------------------------------------------------------------------------------------
def executed(cases):
    """Systems do all that is open, whatever the day: only what a case is planned from decides what it does."""
    for c in cases:
        if c.state == "open" and not c.what[5] and not c.what[6]:
            c.state, c.acted = "closed", True


def standing(cases, human):
    """Put together from what cases did, as a step would: claims count until the day that the story says, the latest first day wins."""
    ids = {s.id for s in human.said}
    mine = [c for c in cases if c.id in ids and c.acted]
    claims = [((s.first, s.founder.order[0]), human.on(s.first)) for s in human.spells if s.imported and s.works()
              and human.over(human.segment(s.first)) is None]
    now = [c for c in mine if c.state == "closed" and c.by is None]
    claims += [((c.what[2], c.nr), c.what[4]) for c in now if c.kind in m.GIVES and c.what[4] is not None and c.until is None]
    if not claims:
        gave = [c for c in mine if c.kind in m.GIVES] or [s for s in human.spells if s.imported]
        takes = [c for c in now if c.kind in ("exit", "urgent_exit", "hire_rescinded") and c.what[4] is None]
        return ("none",) if takes or not gave or human.asks else ("nobody takes it",)
    (day_, _), after = max(claims)
    away = [c for c in now if c.kind == "leave" and c.until is None]
    return ("suspended" if away else "have", tuple((k, v) for k, v in after if k in m.ATTRIBUTES))


# --- hand-written scenarios -------------------------------------------------------------------------------------------------------
def said(access):
    if access[0] == "none":
        return "none"
    is_ = dict(access[1])
    return f"{access[0]} {is_['department']} {is_['employment_type']}"


def scenarios():
    data, bad = json.loads((HERE / "scenarios.json").read_text()), 0
    for s in data["scenarios"]:
        events = [event(e, data["people"]) for e in s["events"]]
        story = Story.of(events)
        wants = story.wants
        cases = sorted([w.kind, w.id, str(shown(w.day))] + (["incomplete"] if w.missing else []) + (["over"] if w.over else [])
                       for w in wants if not w.asks)
        asks = sorted([w.kind[4:], w.id] for w in wants if w.asks)
        want = sorted(c[:2] + [str(shown(day(c[2])))] + c[3:] for c in s["cases"])
        problems = [] if cases == want else [f"cases {cases}, not {want}"]
        problems += [] if asks == sorted(s["asks"]) else [f"asks {asks}, not {sorted(s['asks'])}"]
        for id_, d, is_ in s["access"]:
            got = said(story.human(id_).access(day(d)))
            problems += [] if got == is_ else [f"{id_} on {d}: {got}, not {is_}"]
        problems += check_all(events)
        bad += bool(problems)
        for p in problems:
            print("SCENARIO", s["name"], "--", p)
    print(len(data["scenarios"]), "scenarios,", bad, "wrong")
    return bad



def failing_inputs(root=HERE.parent / "fixtures"):
    """The three inputs, as their files say, received when HR's clock allows it (and all in one evening)."""
    kinds = {"person.hired": "hire", "person.exiting": "exit", "person.exit_withdrawn": "exit_withdrawn", "person.hire_rescinded": "hire_rescinded"}

    def read(folder, received=None):
        out = []
        for n, path in enumerate(sorted((root / folder).glob("[0-9].json"))):
            raw = json.loads(path.read_text())
            data, at = raw["data"], raw["timestamp"]
            person = dict(data["person"])
            prev = person.pop("previous_employee_id", None)
            out.append(event(dict(kind=kinds[raw["type"]], id=data["employee_id"], at=at, day=data.get("effective_date"), person=person,
                                  previous_id=prev, received=f"2026-11-28T20:{n:02d}Z" if received and at < "2026-11-28T20" or at[:4] == "2027"
                                  else at), {}))
        return out
    bad = 0
    for folder, evening, expected in (
            ("conversion-gap", False, [("C204", "2026-11-30", "have Sales contractor"), ("C204", "2026-12-01", "none"),
                                       ("E204", "2027-01-31", "none"), ("E204", "2027-02-01", "have Sales employee")]),
            ("withdrawn-exit-stuck", False, [("9601", "2026-11-20", "have Sales employee"), ("9601", "2026-11-28", "none"),
                                             ("9601", "2026-12-21", "have Sales employee")]),
            ("future-confirmation", True, [("9701", "2026-12-14", "none"), ("6103", "2027-01-01", "have Sales employee")])):
        if not (root / folder).exists():
            continue
        events = read(folder, evening)
        story, problems = Story.of(events), check_all(events)
        for id_, d, is_ in expected:
            got = said(story.human(id_).access(day(d)))
            problems += [] if got == is_ else [f"{id_} on {d}: {got}, not {is_}"]
        print(folder, "right" if not problems else problems, sorted({(w.kind, w.id) for w in story.wants}))
        bad += len(problems)
    return bad


# --- the catalogue ----------------------------------------------------------------------------------------------------------------
P = json.loads((HERE / "scenarios.json").read_text())["people"]
WHO, CON, FIN = ["ines", "sales"], ["ines", "sales contractor"], ["ines", "finance", {"employment_type": "employee"}]


CATALOGUE = [event(raw, P) for raw in json.loads((HERE / "catalogue.json").read_text())]
LAST = day(400)
DAYS = [day(d) for d in [*range(1, 35), 60]]


# --- invariants -------------------------------------------------------------------------------------------------------------------
def access_of(story, id_, d):
    return story.human(id_).access(d)


def check_story(story):
    """What holds of any set of events."""
    bad, wants = [], story.wants
    founders = [w.events[0] for w in wants if not w.asks]
    if len(founders) != len(set(founders)):
        bad.append("I5 two cases are founded on one event")
    told = [w.what()[:3] for w in wants if not w.asks]
    if len(told) != len(set(told)):
        bad.append("I5 two cases are the same")
    for h in story.humans:
        for w in h.wants():
            if w.kind in m.GIVES and w.day is not None and w.after is not None:
                days = [w.day] + [g[1] for g in h.segments if g[1] > w.day]
                if all(h.on(d) != w.after for d in days):
                    bad.append(f"I11 {w.kind} of {shown(w.day)} gives what they are on another day")
    for h in story.humans:
        stood = {words for w in h.wants() if not w.asks for words in w.events}
        asked = {s for s, _ in h.asks}
        for s in h.said:
            if s.kind in ("identity", "there"):
                continue
            if s.e.words not in stood and s not in h.why and s not in asked:
                bad.append(f"I4 {s.kind} decided on {shown(s.today)} has neither effect nor reason")
            taking = s.kind in ("exit", "urgent_exit", "hire_rescinded", "exit_withdrawn")
            if taking and s.e.words not in stood and s in h.why and h.why[s][1] is None and s not in asked:
                bad.append(f"I4 {s.kind} decided on {shown(s.today)} is ignored quietly: {h.why[s]}")
            if s.kind == "urgent_exit":                                                  # I3 fails closed
                back = [o for o in h.said if o.order > s.order and o.kind in ("hire", "rehire", "there", "transfer", "date_moved",
                                                                            "exit_withdrawn")]
                if not back and any(h.access(d) != ("none",) for d in DAYS if d >= s.today):
                    bad.append("I3 access after an urgent exit")
            if s.kind == "exit" and s.day is not None:
                back = [o for o in h.said if (o.order > s.order or (o.day or 0) > s.day) and o.kind in
                        ("hire", "rehire", "there", "transfer", "date_moved", "exit_withdrawn", "exit", "hire_rescinded")]
                if not back and s not in asked and len({o.id for o in h.said}) == 1 and any(h.access(d) != ("none",) for d in DAYS if d > s.day):
                    bad.append("I3 access after the last day")
        for n, g in enumerate(h.segments):
            if n and h.segments[n - 1][2] is None or n and h.segments[n - 1][2] > g[1]:
                bad.append("I6 two spells on one day")
    return bad


GIVES, TAKES = ("transfer", "return", "exit_withdrawn"), ("urgent_exit", "hire_rescinded", "leave")


def check_one_more(less, more, e):
    """I7: a word that takes gives nothing to anybody; a word that gives cuts nobody who works."""
    bad = []
    said = [s for h in more.humans for s in h.said]
    ids = {s.id for h in less.humans for s in h.said}
    from_ = max(s.today for s in said)               # what was on days before the last word is past
    if any(w.missing for w in less.wants + more.wants) or any(h.missing(LAST) for h in less.humans):
        return bad                                   # any record may complete one that is incomplete
    if e.prev or any(s.kind == "date_moved" for s in said) or any(w.asks and w.kind in ("ask:exit", "ask:hire_rescinded", "ask:exit_withdrawn") for w in more.wants):
        return bad                                   # who is whom, which day moves, and what HR is asked is another matter
    begins = [s for s in said if s.kind in m.JOINS + ("there",) and s.order[0] >= min(e.at, e.received)]   # what is taken first, a hire begins anew
    for id_ in ids:
        a, b = less.human(id_), more.human(id_)
        for d in DAYS:
            had, has = a.access(d)[0] != "none", b.access(d)[0] != "none"
            off = e.kind == "hire_rescinded" and len({s.id for s in b.said}) > 1         # a conversion called off: they go on
            if e.kind in TAKES and has and not had and d >= from_ and not begins and not off:
                bad.append(f"I7 {e.kind} gives on {shown(d)}")
                break
            if e.kind in GIVES and had and not has and d >= from_:
                bad.append(f"I7 {e.kind} takes on {shown(d)}")
                break
    return bad


def play(order, stories, policy, twice):
    """Takes events in one by one; systems do what is open after each (policy), and in the end."""
    cases, bad, seen, story = [], [], frozenset(), None
    for n, e in enumerate(order):
        seen = seen | {e}
        story = stories(seen)
        difference(cases, story)
        if policy >> n & 1:
            executed(cases)
        if twice:
            again = difference(cases, story)
            if again:
                bad.append(f"I2 the same again: {[(v, x.kind) for v, x in again]}")
    return cases, story, bad


def check_end(cases, story):
    bad = []
    wants = {(w.events, w.asks != ""): w for w in story.wants}
    if len(wants) != len(story.wants):
        bad.append("I5 two cases stand on the same events")
    now = {(x.events, x.what[6] != ""): x for x in cases if x.state != "superseded" and x.by is None and not x.kept and x.until != NEG}
    for key, x in now.items():
        w = wants.get(key)
        if w is not None and w.over and x.state == "closed":
            continue
        if w is None or x.state == "open" and x.what != w.what() or x.state == "closed" and (x.kind != "exit" and any(
                m.attributes(a) != m.attributes(b) for a, b in zip(x.what[3:5], w.what()[3:5])) or x.what[2] != w.day and (
                x.kind != "exit" or x.what[2] < w.day)):
            bad.append(f"I1 {x.state} {x.kind} of {shown(x.what[2])} is not what is wanted")
    for w in story.wants:
        if (w.events, w.asks != "") not in now and not w.over:
            bad.append(f"I1 {w.kind} of {shown(w.day)} is wanted and not there")
    for x in cases:
        h = story.human(x.id)
        here = x.kind in ("exit", "urgent_exit", "leave") and any(g[0].id == x.id and g[1] <= x.what[2] and (g[2] or 10**9) > x.what[2] + 1
                                                                  for g in h.segments)
        if x.acted and x.by is None and x.events not in [w.events for w in h.wants()] and not x.kept and here:
            bad.append(f"I8 {x.kind} of {shown(x.what[2])} was at work and nobody undoes it")
    executed(cases)
    for h in story.humans:
        got, want = standing(cases, h), h.access(LAST)
        if got != want and not any(w.missing for w in h.wants()):
            bad.append(f"I6 systems have {got[0], dict(got[1:] and got[1])}, not {want[0], dict(want[1:] and want[1])}")
    return bad


def check_all(events, orders=None, policies=None):
    memo = {}

    def stories(seen):
        if seen not in memo:
            memo[seen] = Story.of(seen)
        return memo[seen]
    events = list(events)
    full = stories(frozenset(events))
    bad = check_story(full)
    again = [dataclasses.replace(e, received=e.received + 4000) for e in events[:1]]     # another delivery, days later
    if [w.what() for w in Story.of(again + events[::-1]).wants] != [w.what() for w in full.wants]:
        bad.append("I1 order, repetition or a late copy changes the story")
    for e in set(events):
        less = frozenset(events) - {e}
        if less:
            bad += check_one_more(stories(less), full, e)
    rng = random.Random(len(events) * 7919 + sum(hash(e.words[:3]) % 1009 for e in events))
    orders = orders or ([list(o) for o in itertools.permutations(events)] if len(events) < 5 else
                        [rng.sample(events, len(events)) for _ in range(12)])
    for n, order in enumerate(orders):
        for policy in {0, (1 << len(order)) - 1, rng.randrange(1 << len(order))}:
            cases, story, worse = play(order, stories, policy, True)
            check_all.played += 1
            worse += check_end(cases, story)
            if worse:
                return bad + [f"{w} (order {[f'{e.kind} {e.id} {shown(e.day)} dec {shown(min(e.at, e.received) // 1440)}' for e in order]}, policy {policy:b})" for w in worse]
    return bad


check_all.played = 0


def multisets(size, catalogue=CATALOGUE, sample=None, seed=1):
    start, count, kinds, shown_ = time.time(), 0, {}, {}
    sets = itertools.combinations_with_replacement(range(len(catalogue)), size)
    if sample:
        rng = random.Random(seed)
        sets = (tuple(sorted(rng.choices(range(len(catalogue)), k=size))) for _ in range(sample))
    for chosen in sets:
        count += 1
        for p in check_all([catalogue[i] for i in chosen]):
            kind = p.split(" (order")[0][:60]
            kinds[kind] = kinds.get(kind, 0) + 1
            if shown_.setdefault(kind, 0) < 2:
                shown_[kind] += 1
                print(chosen, [f"{e.kind} {e.id} {shown(e.day)} dec {shown(min(e.at, e.received) // 1440)}" for e in (catalogue[i] for i in chosen)], p)
    print(f"size {size}: {count} multisets, {check_all.played} arrivals in all, {time.time() - start:.0f} s, wrong: {kinds}")
    return sum(kinds.values())


def fuzz(count, seed):
    """Any events at all: three ids, any kind, any day, any record, previous ids in circles, clocks ahead."""
    rng, start, kinds = random.Random(seed), time.time(), {}
    for _ in range(count):
        events = []
        for _ in range(rng.randint(2, 6)):
            at = rng.randint(1, 30)
            raw = {"kind": rng.choice([*m.RANK]), "id": rng.choice("AAABBC"), "at": f"{at} {rng.randint(8, 11):02d}:00"}
            raw.update({"day": max(1, at + rng.randint(-9, 20))} if rng.random() < 0.75 else {})
            raw.update({"previous_id": rng.choice("ABC")} if rng.random() < 0.3 else {})
            raw.update({rng.choice(["start_date", "last_day"]): raw.get("day")} if rng.random() < 0.2 else {})
            raw.update({"day": None} if "start_date" in raw and rng.random() < 0.3 else {})
            raw.update({"received": rng.randint(1, at)} if rng.random() < 0.08 else {})
            raw["person"] = {"same": rng.choice(["yes", "no"])} if raw["kind"] == "identity" else rng.choice(
                [WHO, CON, FIN, ["sales"], ["finance"], ["other", "sales"], {}, {"level": "L5"}, {"manager_email": "b@acme.example"}])
            if raw["kind"] == "there":                   # import takes whole records of people whom nobody told of
                raw.update(person=WHO, at="1 00:30", received="1 00:30")
            events.append(event(raw, P))
        try:
            problems = check_all(events)
        except Exception as error:                       # I9: total
            problems = [f"I9 {type(error).__name__}: {error}"]
        for p in problems:
            kind = p.split(" (order")[0][:70]
            kinds[kind] = kinds.get(kind, 0) + 1
            if kinds[kind] < 2:
                print([f"{e.kind} {e.id} {shown(e.day)} dec {shown(e.at // 1440)} rec {shown(e.received // 1440)} {e.prev or ''}" for e in events], p)
    print(f"fuzz: {count} sets, {check_all.played} arrivals in all, {time.time() - start:.0f} s, wrong: {kinds}")
    return sum(kinds.values())


if __name__ == "__main__":
    what = sys.argv[1] if len(sys.argv) > 1 else "all"
    bad = 0
    if what in ("scenarios", "all"):
        bad += scenarios() + failing_inputs()
    print(len(CATALOGUE), "events in the catalogue")
    if what in ("pairs", "all"):
        bad += multisets(1) + multisets(2)
    if what in ("triples", "all"):
        bad += multisets(3)
    if what == "fours":
        bad += multisets(4, sample=int(sys.argv[2]), seed=int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    if what == "core":                                   # every multiset of four of these
        bad += multisets(4, [CATALOGUE[i] for i in (0, 2, 3, 5, 10, 11, 13, 14, 19, 21, 22, 25, 27, 30, 34, 38, 43, 45, 49, 51)])
    if what == "fuzz":
        bad += fuzz(int(sys.argv[2]), int(sys.argv[3]))
    if what == "more":
        bad += multisets(int(sys.argv[4]), sample=int(sys.argv[2]), seed=int(sys.argv[3]))
    sys.exit(bool(bad))
