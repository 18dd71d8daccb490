"""Answers for the Rust tests: reads sets of events as JSON, one a line, and says of each what the reference model makes of it."""
import json, sys
from story_model import NEG, Event, Story
from story_difference import difference


def read(raw):
    told = tuple(sorted(raw["told"].items()))
    return Event(raw["kind"], raw["id"], raw["at"], raw["received"], raw["day"], told, raw["prev"], raw["start"], raw["last"], tuple(raw["unread"]))


def answer(raw):
    events = [read(e) for e in raw["events"]]
    place = {}
    for n, e in enumerate(events):
        place.setdefault(e.words, n)
    places = lambda words: [place[w] for w in words]
    told = lambda t: None if t is None else dict(t)
    until = lambda d: "never" if d is not None and d <= NEG else d

    def what(w):
        kind, id_, day, before, after, missing, asks = w
        return [kind, id_, day, told(before), told(after), list(missing), asks]

    def want(w):
        return {"what": what(w.what()), "events": places(w.events), "undoes": sorted(places(w.undoes)), "until": until(w.until),
                "over": place[w.over] if w.over else None}

    def case(c):
        return {"kind": c.kind, "id": c.id, "events": places(c.events), "undoes": sorted(places(c.undoes)), "state": c.state, "by": c.by,
                "what": what(c.what), "until": until(c.until), "kept": c.kept}
    story = Story.of(events)
    why = {place[s.e.words]: [why, place[by.e.words] if by else None] for h in story.humans for s, (why, by) in h.why.items()}
    access = [[i, d, [a[0], dict(a[1]) if a[1:] else None]] for i in sorted({e.id for e in events}) for d in raw["days"]
              for a in [story.human(i).access(d)]]
    on = [[i, raw["days"][0], dict(story.human(i).on(raw["days"][0]))] for i in sorted({e.id for e in events})]
    cases, after = [], []
    for n, (e, policy) in enumerate(raw["play"]):
        done = difference(cases, Story.of([events[k] for k, _ in raw["play"][:n + 1]]))
        after.append({"done": [[verb, c.nr] for verb, c in done], "cases": [case(c) for c in cases]})
        for c in cases:
            if c.state == "open" and policy and not c.what[5] and not c.what[6]:
                c.acted, c.state = True, "closed" if policy == 2 else "open"
    return {"wants": [want(w) for w in story.wants], "why": sorted(why.items()), "access": access, "on": on, "after": after,
            "humans": [[s.id for s in h.said] for h in story.humans], "clocks": sorted(place[s.e.words] for h in story.humans for s in h.said
                                                                                     if s.wrong_clock)}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))))
