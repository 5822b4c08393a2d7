"""The intermediate representation: every language is lowered to this, every rule fires on it.

A :class:`Program` is a set of functions; a function is a body of operations on numbered registers
(``%0``, ``%1``, …: each is written once, by one operation) and on named variables (written any
number of times). Control flow stays structured (:class:`If`, :class:`Loop`, :class:`Try`), because
the analysis walks it and people read it. Bytecode, whose jumps are not structured, puts what it
cannot structure into a :class:`Loop`: "in any order, any number of times".

``at`` is the position of an operation: a line (1-based) or a byte offset, as ``Program.unit`` says.
"""

from collections.abc import Mapping
from types import EllipsisType
from typing import Literal, TypeAlias

from msgspec import Struct

from scanner.blob import Blob
from scanner.site import Site, Step, Trigger

RAISED = "raise:"  # the module's variable for what has been raised last
SENT = "yield:"  # the variable of a function whose value is what is sent into the generator that it makes

Reg: TypeAlias = int
Scalar: TypeAlias = bool | int | float | complex | str | bytes | EllipsisType | None


class Const(Struct, frozen=True):
    """``%dst = const 'id'``: a literal."""

    at: int
    dst: Reg
    value: Scalar


class Data(Struct, frozen=True):
    """``%dst = data <name>``: bytes that were not read, such as a large buffer of a pickle.

    The analysis opens ``blob`` only when it turns out to be handed to something telling.
    """

    at: int
    dst: Reg
    blob: Blob


class Name(Struct, frozen=True):
    """``%dst = name os.system``: an importable object by its absolute dotted name.

    Importing it runs the module's top level; ``imports`` is the module part (``"os"``).
    A plain ``import a.b`` is ``Name(name="a.b", imports="a.b")``; builtins are
    ``builtins.eval``. Nothing is canonicalised here: ``posix.system`` stays as written.
    """

    at: int
    dst: Reg
    name: str
    imports: str


class Unknown(Struct, frozen=True):
    """``%dst = unknown 'reason'``: a value that this language could not follow."""

    at: int
    dst: Reg
    why: str


class Load(Struct, frozen=True):
    """``%dst = load x``: read a variable. Scoping is lexical: function, enclosing, module, builtins."""

    at: int
    dst: Reg
    var: str


class Store(Struct, frozen=True):
    """``store x, %src``: write a variable of this function, or an outer one if it is not local."""

    at: int
    var: str
    src: Reg


class Attr(Struct, frozen=True):
    """``%dst = attr %base, name``."""

    at: int
    dst: Reg
    base: Reg
    name: str


class SetAttr(Struct, frozen=True):
    """``setattr %base, name, %src``."""

    at: int
    base: Reg
    name: str
    src: Reg


class Item(Struct, frozen=True):
    """``%dst = item %base, %key``."""

    at: int
    dst: Reg
    base: Reg
    key: Reg


class SetItem(Struct, frozen=True):
    """``setitem %base, %key, %src``; ``key`` None appends or adds (APPENDS, comprehensions)."""

    at: int
    base: Reg
    key: Reg | None
    src: Reg


class Make(Struct, frozen=True):
    """``%dst = make list, %1, %2``: a container. ``dict`` alternates keys and values (a register
    ``-1`` as key spreads a mapping); ``str`` concatenates the parts of an f-string; ``slice`` has
    three items; ``spread`` is a starred item inside another container or a call."""

    at: int
    dst: Reg
    kind: Literal["tuple", "list", "set", "frozenset", "dict", "str", "slice", "spread"]
    items: tuple[Reg, ...]


class Binary(Struct, frozen=True):
    """``%dst = binary '+', %left, %right``: an arithmetic, comparison or boolean operator."""

    at: int
    dst: Reg
    op: str
    left: Reg
    right: Reg


class Unary(Struct, frozen=True):
    """``%dst = unary 'not', %operand``."""

    at: int
    dst: Reg
    op: str
    operand: Reg


class Merge(Struct, frozen=True):
    """``%dst = merge %1, %2``: any one of these values (``a or b``, ``x if c else y``)."""

    at: int
    dst: Reg
    items: tuple[Reg, ...]


class Iter(Struct, frozen=True):
    """``%dst = iter %base``: some element of an iterable."""

    at: int
    dst: Reg
    base: Reg


class Call(Struct, frozen=True):
    """``%dst = call %callee, %1, %2, key=%3``.

    ``how`` is ``call`` (also REDUCE), ``new`` for ``cls.__new__`` alone (NEWOBJ) or ``state`` for
    BUILD: then ``callee`` is the object and the only argument its state. ``decorate`` applies a
    decorator: the argument is wrapped, not called. Keyword ``"**"`` spreads a
    mapping; a positional ``spread`` (see :class:`Make`) spreads an iterable.
    """

    at: int
    dst: Reg
    callee: Reg
    args: tuple[Reg, ...] = ()
    kwargs: tuple[tuple[str, Reg], ...] = ()
    how: Literal["call", "new", "state", "decorate"] = "call"


class Define(Struct, frozen=True):
    """``%dst = define f, x=%1``: a function object over the scope it stands in, with defaults."""

    at: int
    dst: Reg
    function: str
    defaults: tuple[tuple[str, Reg], ...] = ()


class DefineClass(Struct, frozen=True):
    """``%dst = class C, body, %base``: run function ``body``; its locals are the members."""

    at: int
    dst: Reg
    name: str
    body: str
    bases: tuple[Reg, ...] = ()
    kwargs: tuple[tuple[str, Reg], ...] = ()


class Return(Struct, frozen=True):
    """``return %src``; ``yielded`` marks a generator's values."""

    at: int
    src: Reg
    yielded: bool = False


class Jump(Struct, frozen=True):
    """``break`` or ``continue``: the rest of this turn of the innermost loop does not run; ``return``
    without a value: that of the function does not."""

    at: int
    to: Literal["break", "continue", "return"]


class If(Struct, frozen=True):
    """Either arm may run. ``test`` is kept for its value, not for pruning."""

    at: int
    test: Reg
    then: "Body"
    orelse: "Body" = ()


class Loop(Struct, frozen=True):
    """The body runs any number of times; when ``ordered`` is false, in any order."""

    at: int
    body: "Body"
    ordered: bool = True


class Try(Struct, frozen=True):
    """The body, any one of the handlers after any part of it, then ``final``."""

    at: int
    body: "Body"
    handlers: tuple["Body", ...] = ()
    final: "Body" = ()


Op: TypeAlias = (
    Const | Data | Name | Unknown | Load | Store | Attr | SetAttr | Item | SetItem | Make | Binary
    | Unary | Merge | Iter | Call | Define | DefineClass | Return | Jump | If | Loop | Try
)  # fmt: skip
Body: TypeAlias = tuple[Op, ...]


class Param(Struct, frozen=True):
    """A parameter; ``kind`` is ``plain``, ``star`` (``*args``), ``keyword`` (only) or ``stars``."""

    name: str
    kind: Literal["plain", "star", "keyword", "stars"] = "plain"


class Function(Struct, frozen=True):
    """``name`` is unique in its program (``Builder._info``, ``f.<lambda>:12``).

    ``local`` names the variables that a Store makes local here; every other name belongs to an
    enclosing function or to the module. ``parent`` is the enclosing function's name.
    """

    name: str
    params: tuple[Param, ...]
    body: Body
    local: frozenset[str] = frozenset()
    parent: str | None = None


class Entry(Struct, frozen=True):
    """Loading runs ``function`` at this moment. ``note`` says why, for people (one clause)."""

    function: str
    trigger: Trigger
    note: str = ""


class Program(Struct, frozen=True):
    """The lowered code of one fragment.

    ``script`` and ``steps`` are those of the fragment. Entries are analysed in order and share the
    module's variables; functions that no entry reaches are analysed as :attr:`Trigger.CALL`.
    """

    language: str
    trail: tuple[str, ...]
    unit: Literal["line", "offset"]
    functions: Mapping[str, Function]
    entries: tuple[Entry, ...]
    script: bool = False
    steps: tuple[Step, ...] = ()

    def site(self, at: int) -> Site:
        """The place of an operation of this program."""
        return Site(self.trail, line=at) if self.unit == "line" else Site(self.trail, offset=at)
