"""What becomes of a person's cases: `difference` brings them to what the story wants (reference model; STORY.md, part 6)."""
from __future__ import annotations
from dataclasses import dataclass
from story_model import GIVES, JOINS, NEG, but_contacts


@dataclass
class Case:
    nr: int
    kind: str
    id: str
    events: tuple
    undoes: frozenset = frozenset()
    state: str = "open"          # open, closed, superseded
    revision: int = 1
    by: int | None = None        # the case that took its place
    what: tuple = ()
    until: int | None = None
    acted: bool = False          # whether a step of it may have acted in a system
    kept: bool = False           # nothing that HR says asks for it any more, but it acted (O4)


def overruled_by(story, case):
    """The events by which what a case stands on was overruled, the nearest first."""
    why = story.human(case.id).why
    for s in story.human(case.id).said:
        seen = {s}
        while s.e.words in case.events or len(seen) > 1:
            s = why[s][1] if s in why else None
            if s is None or s in seen:
                break
            seen.add(s)
            yield s.e.words


def differs(c, what):            # O2, O3: what is closed is planned anew only where systems are told other things
    if c.state == "closed" and c.kind == "exit":
        return what[2] > c.what[2]
    access = lambda w: (w[2], but_contacts(w[3]), but_contacts(w[4]), w[5])
    return access(c.what) != access(what) if c.state == "closed" else c.what != what


def difference(cases, story):
    """Changes `cases` to what the story wants; says what was done: [(verb, case)]."""
    done, of, wants = [], {}, story.wants
    matter = lambda kind: "join" if kind in JOINS else kind
    for _, _, _, nr, n in sorted((c.state == "superseded", -len(set(c.events) & set(w.events)), len(c.events), c.nr, n) for n, w in enumerate(wants)
                              for c in cases if matter(c.kind) == matter(w.kind) and set(c.events) & set(w.events)):         # O1
        if n not in of and nr not in of.values():
            of[n] = nr
    for n, w in sorted(enumerate(wants), key=lambda nw: nw[1].over != ()):
        if w.over:                                                                   # O7
            if n in of and cases[of[n]].state != "superseded":
                c = cases[of[n]]
                c.events, c.undoes, c.until, c.kept = w.events, w.undoes, w.until, False
                c.by = None if c.state == "closed" else next((of[k] for k, v in enumerate(wants) if w.over in v.events and k in of), None)
                if c.state == "open":
                    c.state, c.revision = "superseded", c.revision + 1
                    done.append(("end", c))
            continue
        verb = None if n in of else "begin"
        if verb:
            of[n] = len(cases)
            cases.append(Case(len(cases), w.kind, w.id, w.events, what=w.what()))
        c = cases[of[n]]
        verb = verb or ("revive" if c.state == "superseded" else "anew" if differs(c, w.what()) else None)
        c.what = w.what() if verb or c.state != "closed" else c.what
        c.kind, c.id, c.events, c.undoes, c.until, c.kept, c.by = w.kind, w.id, w.events, w.undoes, w.until, False, None
        if verb:
            c.state, c.revision = "open", c.revision + (verb != "begin")
            done.append((verb, c))
    heir = {n: of[n] if n in of else next((of[k] for k, v in enumerate(wants) if w.over in v.events and k in of), None)
            for n, w in enumerate(wants)}
    for c in cases:
        if c.nr in of.values() or c.state == "superseded":
            continue
        human, day, words = story.human(c.id), c.what[2], set(c.events)
        heirs = [heir[n] for n, w in enumerate(wants) if words & (set(w.events) | w.undoes) and heir[n] is not None]
        heirs += [heir[n] for e in overruled_by(story, c) for n, w in enumerate(wants) if e in w.events and heir[n] is not None]
        here = human.segment(day) if day is not None else None
        if not heirs and c.acted and here and c.kind in GIVES:                       # O4
            what = c.what[:3] + (human.on(day - 1) if c.kind == "transfer" else None, human.on(day)) + ((), "")
            verb, c.kept, c.until = "anew" if differs(c, what) else None, True, human.over(here)
            if verb:
                c.what, c.state, c.revision = what, "open", c.revision + 1
                done.append((verb, c))
        else:                                                                        # O5
            c.by, c.until = heirs[0] if heirs else None, NEG
            if c.state == "open":
                c.state, c.revision = "superseded", c.revision + 1
                done.append(("end", c))
    return done
