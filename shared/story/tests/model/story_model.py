"""Reference model of Latchkey's story: what HR confirmed, as a SET of events -> spells, leaves, wanted cases, wanted access. Pure: no clock, no
order of arrival. Days are ordinals, instants are minutes (ordinal * 1440 + minute) where the person works. STORY.md has the rules (H1, ...)."""
from __future__ import annotations
from dataclasses import dataclass, replace
from types import SimpleNamespace

CLOCK, FRESH, NEG, FAR = 5, 14, -10**6, 10**9     # minutes that a clock may be ahead; days for which a start can be called in question
ATTRIBUTES = ("department", "title", "level", "employment_type", "country", "location")
CONTACTS = ("personal_email", "manager", "manager_email", "time_zone")      # the latest word counts at once
NAMES = ("given_name", "family_name")
REQUIRED = ("given_name", "family_name", "department", "title", "employment_type", "country")
RANK = {k: n for n, ks in enumerate((("identity",), ("there",), ("exit_withdrawn",), ("exit", "hire", "rehire", "date_moved"), ("transfer",),
                                     ("leave",), ("return",), ("hire_rescinded",), ("urgent_exit",))) for k in ks}
DAY_FIELD = {"hire": "start_date", "rehire": "start_date", "date_moved": "start_date", "exit": "last_day", "urgent_exit": "last_day"}
DAYS = ("start_date", "last_day", "effective_date")
DAY_ASKS = ("its last day is not known", "its first day is not known", "its day could not be read")
LEFT_BEFORE, NO_EXIT = "they have left before that day: an exit gives nothing back", "no exit is known"
UNREAD = "\0"              # what is told of a field that nobody could read: neither nothing nor what was known before
JOINS, GIVES = ("hire", "rehire"), ("hire", "rehire", "transfer", "return", "exit_withdrawn")


def attributes(person):
    return None if person is None else tuple((k, v) for k, v in person if k in ATTRIBUTES)


def lacking(is_):
    """What nothing can be planned without. Who has one name has another one that is told to be empty."""
    nameless = all(k in is_ and not is_[k].strip() for k in NAMES)
    return [k for k in REQUIRED if k not in is_ or k not in NAMES and not is_[k].strip() or k == "given_name" and nameless]


def but_contacts(person):        # what systems are told of somebody
    return None if person is None else tuple((k, v) for k, v in person if k not in CONTACTS)


@dataclass(frozen=True)
class Event:
    kind: str
    id: str
    at: int                      # when HR says that it was decided
    received: int                # when it came
    day: int | None = None       # first day of the new state, or last day
    told: tuple = ()             # ((field, value), ...), sorted
    prev: str | None = None      # previous id
    start: int | None = None     # the record's start date and last day, where told
    last: int | None = None
    unread: tuple = ()           # the fields, and days, that nobody could read

    @property
    def words(self):             # what makes it the same event, by whatever delivery
        days = tuple(-1 if d is None else d for d in (self.day, self.start, self.last))
        return (self.kind, self.id, self.at, days, self.told, self.prev or "", self.unread)

    @property
    def first_day(self):         # T4: the first day of the new state, or the last day
        if DAY_FIELD.get(self.kind, "effective_date") in self.unread:
            return None
        of_record = {"hire": self.start, "rehire": self.start, "exit": self.last,
                     "date_moved": self.start if self.last is None else self.last if self.start is None else None}
        return of_record.get(self.kind) if self.day is None else self.day


class Said:
    """An event at its place in the order of decisions."""

    def __init__(self, decided, e):
        self.e, self.kind, self.id, self.wrong_clock = e, e.kind, e.id, decided != e.at
        self.day, self.day_unread = e.first_day, DAY_FIELD.get(e.kind, "effective_date") in e.unread                            # T4
        self.told = tuple((k, UNREAD) for k in e.unread if k not in DAYS and k not in dict(e.told)) + e.told
        day = 0 if self.day is None or RANK[e.kind] != RANK["exit"] else self.day * 2 + (e.kind == "exit" or e.last == self.day)
        self.order, self.today = (decided, RANK[e.kind], day, e.words), decided // 1440                                     # T3


class Spell:
    def __init__(self, founder, first, told, all_):
        self.id, self.founder, self.first, self.all = founder.id, founder, first, all_       # first: None when nobody told it; NEG: long ago
        self.hires = [founder] if told else []
        self.words, self.overs = [], []      # (Said, end): exits that stand; spells under other ids that go on from this one
        self.behind = []                     # exits that stand behind an urgent one (X6)
        self.rescinded = self.called_off = self.follows = None

    end = property(lambda self: self.words[-1][1] if self.words else None)   # the first day without work
    cut = property(lambda self: any(said.kind == "urgent_exit" for said, _ in self.words))
    unknown = property(lambda self: not self.hires)                          # nobody told that they begin
    imported = property(lambda self: any(h.kind == "there" for h in self.hires))

    def stands(self):            # X2: an exit on or before the first day leaves nothing of it; before, of one that goes on from another
        today = not self.cut and not self.follows and not (self.first is not None and self.beneath())
        over = self.hires and self.end is not None and self.end - today <= (self.first or NEG)
        return not self.rescinded and self.first is not None and not over
    def beneath(self):           # others of its id that would run on without it: its last day is theirs, too (X2)
        first = FAR if self.first is None else self.first
        before = [y for y in self.all if y.id == self.id and y.first is not None and (y.first, y.founder.order) < (first, self.founder.order)]
        return [y for y in before if y.stands() and (y.end is None or y.end > first)]
    def works(self):             # X4: of whom only an exit told nobody says that they work here
        return self.stands() and not (self.unknown and self.first == NEG)
    def bound(self):             # the first day on which it is over: its own end, or the first day of what goes on from it
        own = [y for y in self.all if y.id == self.id and None not in (y.first, self.first)
               and (y.first, y.founder.order) > (self.first, self.founder.order)]
        return min([s.first for s in self.overs + own if s.stands() and s.lasts() and not s.swallowed()] + ([self.end] if self.words else []), default=None)
    def swallowed(self):         # one that goes on from it begins no later: nobody works in it, so it ends nothing (C2, ids in a circle)
        return any(s.stands() and s.lasts() and s.first <= self.first for s in self.overs)
    def lasts(self):             # what is over before it begins ends nothing before it, either
        return self.end is None or self.end > self.first
    def runs(self, day):         # not over before that day
        return self.bound() is None or self.bound() > day
    def settled(self, today):    # nobody calls its start in question any more
        return self.unknown or self.imported or self.first is not None and today > self.first + FRESH


@dataclass(frozen=True)
class Want:
    kind: str
    id: str
    day: int | None              # what the person is before and after; after None: nothing is given
    before: tuple | None
    after: tuple | None
    events: tuple                # the words of what it stands on, in the order of decisions; the first founds it
    undoes: frozenset            # the words of what it takes back
    missing: tuple
    asks: str                    # what HR is asked to decide by hand
    until: int | None = None     # the first day on which what it gives does not count any more
    over: tuple = ()             # the words of the exit that ended it at once: it is not carried out any more (O7)

    def what(self):              # what is planned from: another one is planned anew
        return (self.kind, self.id, self.day, self.before, self.after, self.missing, self.asks)


def said_of(events):
    """One for the same words (the earliest receipt), times that cannot be are clamped (T1, T2), sorted (T3)."""
    once = {}
    for e in sorted(events, key=lambda e: -e.received):
        once[e.words] = e
    said = [[e.received if e.at > e.received + CLOCK else e.at, e] for e in once.values()]
    for undo, kinds in (("hire_rescinded", JOINS), ("exit_withdrawn", ("exit",))):                                           # T2
        for at, u in sorted((x for x in said if x[1].kind == undo and x[0] == x[1].at), key=lambda x: (x[0], x[1].words)):
            about = [x for x in said if x[1].kind in kinds and x[1].id == u.id]
            late = [x for x in about if x[0] != x[1].at and x[1].received <= u.received]
            if late and all(x[0] > at for x in about):
                min(late, key=lambda x: (x[0], x[1].words))[0] = at - 1
    return sorted((Said(at, e) for at, e in said), key=lambda s: s.order)


def humans_of(said):
    """Which ids are one human (I1-I5)."""
    given, family, mail, answers, parent, follower, asks, groups = {}, {}, {}, {}, {}, {}, [], {}
    for s in said:
        parent.setdefault(s.id, s.id)
        if s.kind == "identity":
            answers[(s.id, s.e.prev)] = dict(s.e.told).get("same") == "yes"
        else:
            for told, to in (("given_name", given), ("family_name", family), ("work_email", mail)):
                to.setdefault(s.id, set()).update(v.strip().casefold() for k, v in s.e.told if k == told)

    def root(x):
        return x if parent[x] == x else root(parent[x])
    for s in said:
        prev = s.e.prev
        if s.kind in JOINS + ("transfer",) and prev not in (None, s.id) and prev in given:
            names = [given[prev] & given[s.id], family[prev] & family[s.id]]
            agree = all(names) and any(names[0] | names[1]) or mail[prev] & mail[s.id] - {""}                # who has one name has one
            if answers.get((s.id, prev), agree and follower.get(prev, s.id) == s.id):
                parent[root(s.id)] = root(prev)
                follower.setdefault(prev, s.id)
                follower.pop(s.id, None)             # they go by it again: whoever comes next goes on from it anew
            elif (s.id, prev) not in answers:
                asks.append((s, f"whether {s.id} and {prev} are one human"))
    for s in said:
        groups.setdefault(root(s.id), []).append(s)
    return [Human(group, [a for a in asks if root(a[0].id) == r]) for r, group in groups.items()]


class Human:
    """One human: what was said of them, taken one after the other in the order of decisions."""

    def __init__(self, said, asks):
        self.said, self.asks, self.spells, self.changes, self.leaves, self.back = said, list(asks), [], [], [], []   # changes: [Said, day]
        self.cuts, self.rescissions, self.withdrawals = [], [], []
        self.why = {}            # Said -> (why it has no effect of its own, the Said that counts instead)
        for s in said:
            if s.day_unread and s.kind in ("transfer", "return"):                      # T4: an unreadable day is never today
                self.idle(s, "its day could not be read")
            elif s.kind != "identity":
                getattr(self, {"rehire": "hire", "return": "return_"}.get(s.kind, s.kind))(s)
        self.answered()
        self.derive()

    def answered(self):          # T7: what HR was asked for, and told since
        like, open_ = lambda kind: "hire" if kind in JOINS else kind, [a for a, _ in self.asks]
        again = [x.founder for x in self.spells if x.founder.kind in JOINS] + [w for w, _, _ in self.withdrawals]
        for s, why in list(self.asks):
            later = [t for t in self.said if t.order > s.order and t.id == s.id]
            if why in DAY_ASKS:
                later = [t for t in later if like(t.kind) == like(s.kind) and t.day is not None and t not in open_
                         or s.kind == "exit" and t.kind == "exit_withdrawn"]
            else:
                later = [t for t in later if why == LEFT_BEFORE and t in again]
            if later:
                self.asks.remove((s, why))
                self.why[s] = (why, later[0])
                if (later[0], NO_EXIT) in self.asks:
                    self.asks.remove((later[0], NO_EXIT))
                    self.why[later[0]] = (NO_EXIT, s)

    def of(self, id_):
        return sorted((x for x in self.spells if x.id == id_ and not x.rescinded), key=lambda x: FAR if x.first is None else x.first)
    def idle(self, s, why, by=None, ask=True):
        self.why[s] = (why, by)
        self.asks += [(s, why)] if ask else []

    def found(self, s, first, told=True):
        new = Spell(s, first, told, self.spells)
        for x in self.spells:                                                        # C2: what a human does under another id
            if x.id != s.id and not x.rescinded:
                later = first is not None and x.stands() and s.e.prev != x.id and (x.first > first or x.first == first and x.founder.e.prev == s.id)
                (new if later else x).overs.append(x if later else new)
                (x if later else new).follows = True
        self.spells.append(new)
        return new

    def there(self, s):
        mine = self.of(s.id)
        if mine and not mine[-1].unknown and mine[-1].first is not None:
            return self.idle(s, "they are known already", mine[-1].founder, not mine[-1].runs(s.today))
        x = mine[-1] if mine else self.found(s, NEG, told=False)
        x.first = NEG if s.e.start is None else s.e.start
        x.hires.append(s)
        if s.e.last is not None and s.e.last < s.today and not x.words:             # T8: who had left by then has left
            x.words.append((s, s.e.last + 1))

    def hire(self, s):
        day, today, mine = s.day, s.today, self.of(s.id)
        x = next((x for x in mine if x.first is None and (day is None or x.end is None or day < x.end)), None)
        live = [x for x in mine if x.stands() and x.runs(today if day is None else day)]
        cuts = [c for c in self.cuts if day is not None and day < c.today]
        if not x and not live and cuts and not any(y.works() and y.runs(today) for y in self.spells):                        # U3
            return self.idle(s, "they were cut off since", cuts[-1])
        if not x and not live:                                                       # H1
            return self.found(s, day)
        x = x or ([x for x in live if x.first == day] or [x for x in live if x.first > today]
                  or [x for x in live if day is None or x.first <= day] or live)[-1]
        if s.day_unread and x.first is not None:                                     # T4
            return self.idle(s, "its day could not be read")
        rest = day in (None, x.first) and lacking({k: v for h in x.hires for k, v in h.told if v != UNREAD})
        if x.first is None or x.unknown or today <= x.first or rest:                 # H2 the rest of the record, H3 moved, H4 newer
            x.first = day if x.unknown or x.first is None or day is not None else x.first
            x.hires.append(s)
        elif any(set(s.told) <= set(h.told) for h in x.hires) and day in (None, x.first):
            self.why[s] = ("it says what is known", x.hires[-1])                     # H5
        else:                                                                        # H6: who works here already
            self.changes.append([s, today if day is None else max(day, today)])

    def transfer(self, s):
        day = s.today if s.day is None else s.day
        mine = [x for x in self.spells if x.id == s.id]
        last = max(day - 1, s.today)                                                 # who has left by today goes over nowhere
        if mine and not mine[-1].runs(day) and any(x.id == s.e.prev and x.stands() and x.runs(last) for x in self.spells):
            return self.found(s, day)                                                # C4: back under a number that they had before
        if not mine and any(x.founder.e.prev == s.id for x in self.spells):
            return self.changes.append([s, day])                                     # A3: the id has gone over
        if not mine and self.spells:                                                 # C4: another number
            here = [x for x in self.spells if x.stands() and x.runs(last)]
            return self.found(s, max(day, min(x.first for x in here))) if here else self.idle(s, "they have left", self.spells[-1].founder)
        x = mine[-1] if mine else self.found(s, day, told=False)                     # A5: somebody unknown
        x.first = (day if x.first == NEG else min(x.first, day)) if x.unknown and x.first is not None and not x.words else x.first
        self.changes.append([s, day])

    def exit(self, s):
        day = s.day
        if day is None:                                                              # X5
            return self.idle(s, "its last day is not known")
        mine = [x for x in self.of(s.id) if x.first is None or x.stands()] or self.of(s.id)
        told = [x for x in self.of(s.id) if x.end == day + 1]
        x = (told or [x for x in mine if x.first is not None and x.first <= day] or mine[:1] or [None])[-1]
        gone = [o for o in (x.overs if x else self.spells) if o.works() and o.first <= s.today and o.runs(s.today)]
        if gone:                                                                     # C3
            self.idle(s, f"they are known as {gone[-1].id} since", gone[-1].founder)
        elif not x:                                                                  # X4: looked for everywhere
            self.found(s, NEG, told=False).words.append((s, day + 1))
        elif x.end is None or x.end > s.today or day < x.end:                        # X1, X3
            x.words.append((s, day + 1))
        elif x.cut and x is mine[-1]:                                                # X6
            self.why[s] = ("they are cut off already", x.words[-1][0])
            x.behind.append((s, day + 1))
        else:                                                                        # X7
            self.idle(s, LEFT_BEFORE, x.words[-1][0])

    def urgent_exit(self, s):
        known = [x for x in self.spells if not x.rescinded] or [self.found(s, NEG, told=False)]
        here = [x for x in known if x.end is None or x.end > s.today]
        if not here and self.cuts:
            return self.idle(s, "they are cut off already", self.cuts[-1], False)
        self.cuts.append(s)
        for x in here or known[-1:]:                                                 # U1
            x.words.append((s, s.today if here else x.end))

    def exit_withdrawn(self, s):
        mine = [x for x in self.spells if not (x.rescinded or x.called_off) and x.words and (x.id == s.id or x.cut)]
        if not mine:                                                                 # W4
            again = [w for w in self.withdrawals if w[0].id == s.id]
            return self.idle(s, NO_EXIT, again[-1][0] if again else None, not again)
        x = max(mine, key=lambda x: x.words[-1][0].order)
        since = [y.founder for y in self.spells if y.stands() and y.first > x.end and y.founder.order > x.words[-1][0].order]
        beside = [o for o in self.said if o.order[0] == s.order[0] and o.id == s.id and o.day is not None and o.day > x.end
                  and (o.kind in JOINS or o.kind == "date_moved" and o.e.start == o.day)]
        if since or beside:                                                          # W2: who begins later has left
            return self.idle(s, "a later first day was confirmed since: the exit stands", (since + beside)[0], not beside)
        undone = [w for w, _ in x.words]
        for y in self.spells:                                                        # W1
            y.words = [w for w in y.words if w[0] not in undone]
            if y.id not in (s.id, x.id) and not y.cut:                               # another id's last day is not withdrawn
                for w, _ in y.behind:
                    self.why.pop(w, None)
                y.words, y.behind = y.words + y.behind, []
        self.why.update((w, ("it is withdrawn", s)) for w in undone)
        self.cuts = [c for c in self.cuts if c not in undone]
        self.withdrawals.append((s, x, undone))
        if x.unknown and x.first == NEG:                                             # W3
            self.asks.append((s, "nobody told that they work here: what was taken is given back by hand"))

    def hire_rescinded(self, s):
        known, mine = [x for x in self.spells if x.id == s.id], self.of(s.id)
        open_ = [x for x in mine if x.runs(s.today)]
        x = ([x for x in open_ if s.day is not None and x.first == s.day] or open_ or [None])[-1]
        before = [r for r, _ in self.rescissions if r.id == s.id]
        if not known and not before:                                                 # R3: whatever is there
            self.rescissions.append((s, []))
        elif not mine:
            self.why[s] = ("it is rescinded already", before[-1])
        elif not x:                                                                  # R4: no withdrawal brings them back
            mine[-1].called_off = s
            self.why[s] = ("they have left already", mine[-1].founder)
        elif x.settled(s.today):                                                     # R2: who works is not cut by it
            self.idle(s, "they work here: an exit is needed", x.founder)
        else:                                                                        # R1
            gone = [y for y in mine if y is x or y.first == x.first and y.stands()]  # two of one id and day are one
            beneath = [y for y in x.beneath() if y not in gone]
            for y in gone:
                if beneath:                                                          # its last day is the one's within which it was
                    one = max(beneath, key=lambda z: (z.first, z.founder.order))
                    one.words, y.words = sorted(one.words + y.words, key=lambda w: w[0].order), []
                y.rescinded = s
                self.why.update((h, ("it is rescinded", s)) for h in y.hires + [w for w, _ in y.words])
            self.rescissions.append((s, gone))

    def date_moved(self, s):
        day, today, mine = s.day, s.today, self.of(s.id)
        start, last = s.e.start == day != s.e.last, s.e.last == day != s.e.start
        if day is not None and last:                                                 # D3
            return self.exit(s)
        if day is None or not mine:
            return self.idle(s, "nothing is known that it moves")
        if start and all(x.bound() is not None and x.bound() <= day for x in mine):
            return self.found(s, day)                                                # D2: begins again
        fresh = [("start", x) for x in mine if x.first != NEG and not x.settled(today)]
        away = [x for x in self.leaves if x.id == s.id]
        can = fresh[-1:] if start else [("start", x) for x in mine if x.first not in (None, NEG) and x.first >= today] + [
            ("exit", x) for x in mine if x.words and not x.cut and x.end > today] + [
            ("change", d) for d in sorted({d for c, d in self.changes if c.id == s.id and d >= today})] + [
            ("leave", x) for x in away if x.start >= today and x.back != x.start] + [
            ("back", x) for x in away if x.back is not None and x.back >= today and x.back > x.start]
        can = can or [f for f in fresh if not f[1].words and f[1].first is not None]
        if len(can) != 1:                                                            # D4: nobody guesses
            return self.idle(s, "it could be of several things" if can else "nothing is known that it moves")
        what, it = can[0]                                                            # D1
        if what == "change":
            self.changes = [[c, day if c.id == s.id and d == it else d] for c, d in self.changes] + [[s, day]]
        else:
            where, field, value = {"start": ("hires", "first", s), "exit": ("words", None, (s, day + 1)), "leave": ("words", "start", s),
                                   "back": ("returns", "back", s)}[what]
            getattr(it, where).append(value)
            it.__dict__.update({field: day} if field else {})

    def leave(self, s):
        day = s.day
        if day is None or not self.of(s.id):
            return self.idle(s, "its first day is not known" if day is None else "nobody is known to work here")
        away = [x for x in self.leaves if x.id == s.id and (x.back is None or x.start < x.back > day)]
        if not away:
            return self.leaves.append(SimpleNamespace(id=s.id, words=[s], start=day, back=None, returns=[]))                  # L1
        away[-1].words.append(s)                                                     # L2
        away[-1].start = day if s.today < away[-1].start else min(away[-1].start, day)

    def return_(self, s):
        day = s.today if s.day is None else s.day
        if not self.of(s.id):
            return self.idle(s, "nobody is known to work here")
        away = [x for x in self.leaves if x.id == s.id and (x.back is None or x.start < x.back >= s.today)]
        again = [b for b, d in self.back if b.id == s.id and d == day]
        if not away:                                                                 # L4
            return self.idle(s, "it says what is known", again[0], False) if again else self.back.append((s, day))
        away[-1].returns.append(s)                                                   # L3; on or before the first day: it is off
        away[-1].back = max(day, away[-1].start)
    # --- what follows from it -------------------------------------------------------------------------------------------------
    def derive(self):
        self.segments, self.tellings, self.moves, self.memo, placed = [], [], {}, {}, set()
        standing = sorted((x for x in self.spells if x.works() and (x.bound() is None or x.bound() > x.first)),
                          key=lambda x: (x.first, x.founder.order))
        standing = [x for x in standing if not x.swallowed()] or standing[-1:]       # C2; ids that follow each other in a circle
        for x in standing:                       # segments: (spell, first, end, goes on from the one before)
            end = x.bound()
            last = self.segments[-1] if self.segments else (None, None, None)
            on = last[2] is not None and last[2] >= x.first and not (last[0].cut and last[0].end == last[2])                 # C1, C5
            self.segments += [(x, x.first, end, on)] if end is None or end > x.first else []         # two of one id and day: one
        for x in self.spells:
            if any(g[0] is x for g in self.segments):
                self.tellings += [(x.first, h.order, h.told) for h in x.hires]     # tellings: what they are from that day on
                placed.update(x.hires)
                self.why.update((h, ("they are known already", None)) for h in x.hires if x.imported and h.kind != "there")
            elif not x.rescinded and (x.first is not None or x.cut):                 # hires that came to nothing
                by = x.words[-1][0] if x.words and not x.stands() else next((o.founder for o in x.overs if o.stands()), None)
                self.why.update((h, ("it is over before it begins", by)) for h in x.hires)
        for s, day in self.changes:
            mine = [g for g in self.segments if g[0].id == s.id and (g[2] is None or day < g[2])]
            at = max(day, mine[0][1]) if mine else None                              # A2
            if mine and (mine[0][2] != at + 1 or self.next(mine[0])):
                self.tellings.append((at, s.order, s.told))
                self.moves.setdefault(at, []).append(s)                              # moves: the day of a change -> its events
                placed.add(s)
            else:
                self.not_there(s)                                                    # A3
        void = {h for x in self.spells if x.rescinded for h in x.hires} | placed     # A4: what else is told overrides nothing
        self.fills = {k: v for s in self.said if s not in void for k, v in s.e.told if k in REQUIRED}
        self.tellings.sort(key=lambda t: t[:2])
        self.zones, country = [], None                                               # A4: a zone counts for its country
        for s in self.said:
            told = {k: v for k, v in s.e.told if v != UNREAD}
            country = told.get("country", country)
            self.zones += [(country, told["time_zone"])] if "time_zone" in told else []
        self.contacts = [(k, v) for s in self.said for k, v in (s.told if s.kind in JOINS + ("transfer",) else s.e.told) if k in CONTACTS]
        is_, unread = self.known(FAR)                                                # T6: what was known stands, and HR is asked
        for k in sorted(k for k in unread if k in dict(is_) and k not in self.lacks(FAR)):
            told = [s for s in self.said if (k, UNREAD) in s.told and (s.kind in JOINS + ("transfer",) if k in CONTACTS else s in placed)]
            self.asks.append((max(told, key=lambda s: s.order), f"its {k} could not be read"))

    def not_there(self, *said):
        ends = [w for x in self.spells for w, _ in x.words] + [x.rescinded for x in self.spells if x.rescinded] + [
            o.founder for x in self.spells for o in x.overs]
        for s in said:
            self.why.setdefault(s, ("it is for a day on which they do not work", max(ends, key=lambda w: w.order, default=None)))
    def next(self, segment):     # what goes on from it
        return next((g for g in self.segments if segment and g[1] == segment[2] and g[3]), None)
    def segment(self, day):
        return next((g for g in self.segments if g[1] <= day and (g[2] is None or day < g[2])), None)
    def over(self, segment):     # the first day after it and after whatever goes on from it
        return NEG if not segment else self.over(self.next(segment)) if self.next(segment) else segment[2]
    def known(self, day):
        """What was told by then, and the fields that nobody could read since: what was known of them stands."""
        if day not in self.memo:
            is_, unread = dict(self.fills), set()
            for told in [told for at, _, told in self.tellings if at <= day] + [self.contacts]:
                for k, v in told:
                    unread = unread | {k} if v == UNREAD else unread - {k}
                    is_.update({k: v} if v != UNREAD else {})
            at = is_.get("country")
            here = [zone for of, zone in self.zones if of is None or at is None or of == at]
            is_.pop("time_zone", None)
            is_.update({"time_zone": here[-1]} if here else {})
            self.memo[day] = tuple(sorted(is_.items())), unread
        return self.memo[day]
    def on(self, day):
        """What the person is on a day, as far as it was told."""
        return self.known(day)[0]
    def lacks(self, day):
        return lacking(dict(self.on(day)))
    def missing(self, day):
        """What a case waits for."""
        lacks, (is_, unread) = self.lacks(day), self.known(day)
        return tuple(k for k in REQUIRED if k in lacks) + tuple(sorted(k for k in unread if k not in REQUIRED and k not in dict(is_)))
    def leave_in(self, x):       # L5: the spell of its first day; else the next one, if it was known by then
        mine = [g for g in self.segments if g[0].id == x.id and (g[2] is None or x.start < g[2])]
        return mine[0] if mine and (mine[0][1] <= x.start or mine[0][0].founder.order < x.words[0].order) else None
    def access(self, day):
        """What the person should have on a day: ("none",), ("have", attributes) or ("suspended", attributes)."""
        here = self.segment(day)
        if not here or self.lacks(day):
            return ("none",)
        away = any(x.start <= day and (x.back is None or day < x.back) and self.leave_in(x) is here for x in self.leaves)
        return ("suspended" if away else "have", attributes(self.on(day)))

    def wants(self):
        out = []

        def want(kind, id_, day, said, before=None, after=None, undoes=(), needs=True, asks="", until=None, missing=(), on=None):
            missing = self.missing(day if on is None else on) if needs and after is not None and not missing else missing
            words = tuple(s.e.words for s in sorted(said, key=lambda s: s.order))
            out.append(Want(kind, id_, day, before, after, words, frozenset(s.e.words for s in undoes), missing, asks, until))
        moves = dict(self.moves)
        for g in self.segments:
            x, first, _, on = g
            told = moves.pop(first, [])
            theirs = [h for y in self.spells if x in y.overs and y.first == first for h in y.hires]   # an id that they never went by
            kind = "transfer" if on or x.unknown or x.imported else next((h.kind for h in x.hires + theirs if h.kind in JOINS), "rehire")
            said = told if x.imported and not on else x.hires + told
            if said:                                                                 # C1
                want(kind, x.id, first, said, self.on(first - 1) if kind == "transfer" else None, self.on(first), until=self.over(g))
        for day, said in moves.items():
            want("transfer", said[0].id, day, said, self.on(day - 1), self.on(day), until=self.over(self.segment(day)))
        for x in self.spells:
            words = [w for w, _ in x.words if w.kind not in ("urgent_exit", "there")]
            here = next((g for g in self.segments if g[0] is x), None)
            if x.first is None and not x.rescinded and not x.cut:                    # H2
                want(x.hires[0].kind, x.id, None, x.hires, None, (), missing=("start_date",) + self.missing(FAR))
            if words and x.cut and not x.rescinded:
                by = next(w for w, _ in x.words if w.kind == "urgent_exit")
                self.why.update((w, ("they are cut off already", by)) for w in words)
            elif words and not x.rescinded:
                others = self.segment(x.end - 1) or self.segment(x.end)
                if (here[2] == x.end and not self.next(here)) if here else not others:                                      # X1
                    want("exit", x.id, x.end - 1, words, self.on(x.end - 1), None, [] if here or x.first is None else x.hires)
                else:
                    after = (self.next(here) or self.segment(here[2])) if here else others                                  # C1
                    self.why.update((w, ("they go on without a gap", after[0].founder if after else None)) for w in words)
                    if after and (here[2] < x.end if here else x.stands() and x.swallowed()):                               # C3
                        self.idle(words[-1], f"they are known as {after[0].id} since", after[0].founder)
        for s in self.cuts:
            more = [w for w, (_, by) in self.why.items() if by is s and w.kind in ("urgent_exit", "exit")]
            gone = [h for x in self.spells if not x.stands() and any(w is s for w, _ in x.words) for h in x.hires]
            begun = [x for x in self.spells if any(w is s for w, _ in x.words) and x.first is not None and x.first <= s.today]
            cut = begun or [x for x in self.spells if any(w is s for w, _ in x.words) and x.first is not None]
            id_ = max(cut, key=lambda x: (x.first, self.spells.index(x))).id if cut else s.id                               # U1
            want("urgent_exit", id_, s.today, [s] + more, self.on(s.today), None, gone)
        for s, gone in self.rescissions:
            here = self.segment(s.today)
            after, until = (self.on(s.today), self.over(here)) if here else (None, None)
            want("hire_rescinded", s.id, s.today, [s], self.on(s.today), after,
                 [e for x in gone for e in x.hires + [w for w, _ in x.words]], False, until=until)
        for s, x, undone in self.withdrawals:
            here = self.segment(s.today if x.first is None else max(s.today, x.first))
            if x.first is None and not x.words and not x.rescinded:
                want("exit_withdrawn", s.id, s.today, [s], None, None, undone)
            elif here and here[0].id == x.id and x.works():
                on = max(s.today, x.first)
                want("exit_withdrawn", s.id, s.today, [s], None, self.on(on), undone, until=self.over(here), on=on)
            else:
                self.not_there(s)
        for x in self.leaves:
            here, other = self.leave_in(x), self.segment(x.start)
            if not here and other:                                                   # L5: who has gone over works, and keeps it
                self.idle(x.words[-1], f"they go by {other[0].id} on that day", other[0].founder)
            if not here:
                self.not_there(*x.words, *x.returns)
            elif x.back is not None and x.back <= max(x.start, here[1]):             # L3: it is off
                self.why.update((w, ("it is off", x.returns[-1])) for w in x.words)
                day = min(x.back, x.returns[-1].today)
                want("return", x.id, day, x.returns, None, self.on(max(day, here[1])), x.words, needs=False, until=self.over(here))
            else:
                until = min((d for d in (x.back, here[2]) if d is not None), default=None)
                want("leave", x.id, x.start, x.words, None, self.on(x.start), needs=False, until=until)
                if x.back is not None and until != here[2]:
                    want("return", x.id, x.back, x.returns, None, self.on(x.back), until=self.over(here))
                self.not_there(*(x.returns if until == here[2] else []))
        for s, day in [b for b in self.back if self.segment(b[1]) or self.not_there(b[0])]:
            like = [w for w in out if (w.kind, w.id, w.day) == ("return", s.id, day)]                                      # L3, L4
            if like:
                out[out.index(like[0])] = replace(like[0], events=tuple(t.e.words for t in self.said if t is s or t.e.words in like[0].events))
            else:
                want("return", s.id, day, [s], None, self.on(day), until=self.over(self.segment(day)))
        for s in dict.fromkeys(s for s, _ in self.asks):
            want("ask:" + s.kind, s.id, s.day, [s], asks="; ".join(why for a, why in self.asks if a is s))
        for w in out:            # O7: an urgent exit, or one that was decided when its last day had come
            ends = [x.words[-1][0] for x in self.spells if x.words and x.end == w.until
                    and (x.cut or x.words[-1][0].today >= x.end - 1 and x.words[-1][0] not in self.why)]
            if ends and w.kind in GIVES + ("leave",):
                out[out.index(w)] = replace(w, over=ends[-1].e.words)
        return sorted(out, key=lambda w: (w.day or 0, w.kind, w.id, w.events))


class Story:
    def __init__(self, humans):
        self.humans, self.wants = humans, [w for h in humans for w in h.wants()]

    @staticmethod
    def of(events):
        return Story(humans_of(said_of(events)))

    def human(self, id_):
        return next(h for h in self.humans if any(s.id == id_ for s in h.said))
