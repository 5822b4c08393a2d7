"""Summaries of all functions of a package, composed across its modules until nothing changes."""

from __future__ import annotations

import builtins
import heapq
import sys
from collections.abc import Mapping
from pathlib import Path

from scanner.knowledge.apis import Api
from scanner.knowledge.tables import Knowledge
from tools.derive.classes import HARMLESS, constructor, lineage
from tools.derive.compiled import Compiled
from tools.derive.domain import Hop, Summary, Value, join
from tools.derive.foreign import Foreign
from tools.derive.library import Class, Code, merged
from tools.derive.names import Names
from tools.derive.unit import Walk

ROUNDS = 12  # of one function, while its callees change
_FRAMES = 200_000  # of Python: a function waits for those that it calls
_MAKING = frozenset(
    {"__init__", "__new__", "__init_subclass__", "__setattr__", "__reduce__", "__repr__", "__str__"}
)


class Linker(Names):
    """The modules of one package, and what is known of all others."""

    def __init__(self, knowledge: Knowledge, foreign: Foreign, compiled: Compiled,
                 root: Path, places: Mapping[str, Path]) -> None:  # fmt: skip
        super().__init__(root, places)
        self.knowledge = knowledge
        self.foreign = foreign
        self.compiled = compiled
        self.summaries: dict[str, Summary] = {}
        self.over = 0  # functions whose budget did not last
        self._rounds: dict[str, int] = {}
        self._users: dict[str, set[str]] = {}
        self._active: list[str] = []
        self._order: dict[str, int] = {}  # in which they were finished first: callees before callers
        self._waiting: list[tuple[int, str]] = []
        self._queued: set[str] = set()
        self._rows: dict[str, Api | None] = {}
        self._vouched: dict[str, str] = {}

    def fields(self, cls: Class, name: str) -> Value | None:
        """What the methods of a class, and of those above it, have put into an attribute."""
        if self._active:
            self._users.setdefault(f"fields {cls.name}", set()).add(self._active[-1])
        found = [p.fields[name] for p in lineage(self, cls) if name in p.fields]
        return join(found) if found else None

    def keep_field(self, cls: Class, name: str, value: Value) -> None:
        """A method puts something into an attribute."""
        old = cls.fields.get(name)
        new = merged(old, value.but(atoms=frozenset(), inner=frozenset(), opaque=False))
        if new != old:
            cls.fields[name] = new
            self._again(f"fields {cls.name}")

    def row(self, name: str) -> Api | None:
        """The row of the tables for a call."""
        if name not in self._rows:
            api = self.knowledge.effect(name)
            family = api is not None and api.name.endswith(".*")
            self._rows[name] = None if family and ("()" in name or self._here(name)) else api
        return self._rows[name]

    def vouched(self, name: str) -> str:
        """Why a call does nothing; empty when no row says so."""
        if name not in self._vouched:
            reason = self.knowledge.inert(name)
            owner, _, last = name.rpartition(".")
            if (
                reason is None
                and last in _MAKING
                and not self._here(name)
                and "()" not in owner.removesuffix("()")
            ):
                reason = self.vouched(owner.removesuffix("()"))
            self._vouched[name] = reason or self.compiled.reason(self.knowledge.canonical(name)) or ""
        return self._vouched[name]

    def doubted(self, name: str) -> bool:
        """Whether only a family vouches for something whose source is here."""
        return self._here(name) and not self.knowledge.exact(name)

    def lacks(self, cls: str, member: str) -> bool:
        """Whether a class of elsewhere is known, and has no such member."""
        plain = cls.removesuffix("()")
        if plain in HARMLESS:
            return not hasattr(object, member)
        if plain.startswith("builtins."):
            return not hasattr(getattr(builtins, plain.removeprefix("builtins."), None), member)
        return self.foreign.knows(plain) and not self.foreign.knows(f"{plain}.{member}")

    def _here(self, name: str) -> bool:
        """Whether the source is here: it is read, whatever is said of the family that it belongs to."""
        return isinstance(self.find(name), Code | Class)

    def source(self, name: str) -> str | None:
        """The kind of data that a value is."""
        return self.knowledge.source(name)

    def severity(self, kind: str) -> str:
        """The class of a kind of effect."""
        return self.knowledge.vocabulary.kinds[kind].severity_class

    # Summaries

    def target(self, name: str) -> tuple[str, Summary, bool] | None:
        """What a name calls, its summary, and whether the object of the method is the first argument."""
        thing = self.find(name)
        if isinstance(thing, Class) and not name.endswith("()"):
            return thing.name, self.summary(f"{thing.name}()"), False
        if isinstance(thing, Code):
            bound = "()." in name and thing.owner is not None and thing.kind in ("method", "property")
            called = thing.kind == "class" and not thing.name.endswith(
                ".__new__"
            )  # which is handed its class
            bound = bound or (thing.owner is not None and called)
            return thing.name, self.summary(thing.name), bound
        if thing is not None:
            return None
        summary = self.foreign.summary(self.knowledge.canonical(name), bound="()." in name)
        return None if summary is None else (name, summary, False)

    def summary(self, key: str) -> Summary:
        """A function's summary; of a class (``C()``) that of making an object."""
        if self._active:
            self._users.setdefault(key, set()).add(self._active[-1])
        if key not in self.summaries:
            self._compute(key)
        return self.summaries[key]

    def _compute(self, key: str) -> None:
        old = self.summaries.setdefault(key, Summary(self._parameters(key)))
        before = old.outline()
        count = self._rounds[key] = self._rounds.get(key, 0) + 1
        self._active.append(key)
        try:
            new = constructor(self, self.classes[key[:-2]]) if key.endswith("()") else self._walk(key)
        finally:
            self._active.pop()
        if count > ROUNDS:
            new.unknown = Hop(0, 0, "over budget")
        self.over += new.unknown is not None and new.unknown.callee == "over budget" and count == 1
        self.summaries[key] = new
        self._order.setdefault(key, len(self._order))
        if new.outline() != before and count <= ROUNDS:
            self._again(key)

    def _walk(self, key: str) -> Summary:
        code = self.codes[key]
        walk = Walk(self, code)
        summary = walk.run()
        if code.module.lost:
            walk.unknown("what could not be read", 0)
        for decorator in code.decorators:
            if not all(self._harmless(n) for n in decorator.names) or not decorator.names:
                walk.line = code.function.body[0].at if code.function.body else 0
                walk.unknown(min(decorator.names, default="its decorator"), 0)
        return summary

    def _harmless(self, name: str) -> bool:
        """Whether a decorator does no more than call what it wraps."""
        row = self.row(name)
        if self.vouched(name.removesuffix("()")) or (row is not None and row.kind.startswith("call.")):
            return True
        target = self.target(name.removesuffix("()"))
        return (
            target is not None
            and target[1].unknown is None
            and all(kind.startswith("call.") for kind, _ in target[1].effects)
        )

    def _parameters(self, key: str) -> tuple:  # type: ignore[type-arg]
        return () if key.endswith("()") else self.codes[key].parameters()

    def _again(self, key: str) -> None:
        for user in self._users.get(key, ()):
            spent = self._rounds.get(user, 0) > ROUNDS
            if user in self.summaries and user not in self._queued and not spent:
                self._queued.add(user)
                heapq.heappush(self._waiting, (self._order.get(user, len(self._order)), user))

    def settle(self) -> None:
        """Summaries of everything that there is."""
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(_FRAMES, before))
        try:
            self._settle()
        finally:
            sys.setrecursionlimit(before)

    def _settle(self) -> None:
        for name in sorted(self.places):
            self.module(name)
        self.complete = True
        for key in sorted([*self.codes, *(f"{c}()" for c in self.classes)]):
            self.summary(key)
        while self._waiting:
            _, key = heapq.heappop(self._waiting)
            self._queued.remove(key)
            self._compute(key)
