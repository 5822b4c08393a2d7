"""A program out of code objects, as one version reads them."""

from scanner import ir
from scanner.blob import Fragment
from scanner.languages.bytecode import guard
from scanner.languages.bytecode.code import Code, walk
from scanner.languages.bytecode.instructions import listing
from scanner.languages.bytecode.machine import Machine
from scanner.languages.bytecode.scope import MAIN, MODULE, Scope, Unit
from scanner.languages.bytecode.tables import Table, Version, table
from scanner.languages.python.scope import BUILTINS
from scanner.limits import Budget
from scanner.site import Trigger

_CARRIED = "whoever carries a module in data calls what it defines"


def program(
    codes: tuple[Code, ...], opcodes: Table, fragment: Fragment, budget: Budget
) -> tuple[ir.Program, bool]:
    """The program of ``codes``: those of modules run, and those of functions are called. And whether
    there are instructions in it that no file should have.

    Raises :class:`~scanner.errors.Malformed` when this version would not make sense of them.
    """
    listings = {code: listing(code, opcodes) for top in codes for code in walk(top)}
    unit = Unit(listings, fragment.script)
    unit.functions[MAIN] = ir.Function(MAIN, (), ())
    for code in codes:
        unit.survey(code)
    modules = [code for code in codes if code.name == MODULE]
    body: list[ir.Op] = []
    main = None
    for code in modules[:1]:
        main = Scope(unit, code, MAIN, "module", None, "")
        body = _write(main, opcodes, budget)
    outside = main or Scope(unit, codes[0], MAIN, "module", None, "")
    tops = [outside.define(code) for code in codes if code not in modules[:1]]
    _write_waiting(unit, opcodes, budget)
    imported, never = guard.split(tuple(body)) if fragment.script else (tuple(body), ())
    unit.functions[MAIN] = ir.Function(MAIN, (), imported)
    trigger = Trigger.IMPORT if fragment.script else fragment.trigger
    entries = [ir.Entry(MAIN, trigger)] if body else []
    entries += [ir.Entry(scope.name, trigger, "it is the code itself") for scope in tops]
    if not fragment.script and main is not None:
        entries += [ir.Entry(name, trigger, _CARRIED) for name in _defined(unit, tops)]
    if never:
        name = unit.unique("__main__", 1)
        unit.functions[name] = ir.Function(name, (), never)
        entries.append(ir.Entry(name, Trigger.NEVER, 'it is under if __name__ == "__main__"'))
    made = ir.Program(
        "bytecode",
        fragment.blob.trail,
        "line",
        unit.functions,
        tuple(entries),
        fragment.script,
        fragment.steps,
    )
    return made, any(each.odd for each in listings.values())


def _defined(unit: Unit, tops: list[Scope]) -> list[str]:
    """The functions that a module defines by ``def`` at its top level."""
    apart = {MAIN, *(scope.name for scope in tops), *unit.bodies}
    return [
        name
        for name, made in unit.functions.items()
        if name not in apart and made.parent == MAIN and "." not in name and not name.startswith("<")
    ]


def _write_waiting(unit: Unit, opcodes: Table, budget: Budget) -> None:
    """The functions that have been made so far, and those that are made in them."""
    while unit.waiting:
        scope = unit.waiting.pop()
        written = tuple(_write(scope, opcodes, budget))
        unit.functions[scope.name] = ir.Function(
            scope.name, scope.parameters(), written, scope.local, scope.parent
        )


def functions(
    code: Code,
    version: Version,
    suffix: str,
    variables: frozenset[str],
    taken: dict[str, ir.Function],
    at: int,
    budget: Budget,
) -> tuple[dict[str, ir.Function], str]:
    """The functions that one code object of some program makes, and the name of the outermost.

    ``variables`` are those that are known to be around it; they and its globals have ``suffix`` behind
    their names. ``taken`` are the functions of the program so far; ``at`` is added to the offset of each
    instruction. Raises :class:`~scanner.errors.Malformed` as :func:`program` does.
    """
    opcodes = table(version)
    listings = {inner: listing(inner, opcodes, at) for inner in walk(code)}
    unit = Unit(listings, False, suffix=suffix, outside=frozenset(code.free))
    unit.functions |= taken
    unit.survey(code)
    unit.variables |= variables
    top = Scope(unit, code, MAIN, "module", None, "").define(code)
    _write_waiting(unit, opcodes, budget)
    return {name: made for name, made in unit.functions.items() if name not in taken}, top.name


def _write(scope: Scope, opcodes: Table, budget: Budget) -> list[ir.Op]:
    """The operations of one code object; in a module, rebound builtins are themselves at first."""
    machine = Machine(scope.code, opcodes, scope, budget)
    rebound: list[ir.Op] = []
    if scope.kind == "module":
        for name in sorted(scope.unit.variables & BUILTINS.keys()):
            dst = machine.register()
            rebound += [
                ir.Name(1, dst, BUILTINS[name], BUILTINS[name].partition(".")[0]),
                ir.Store(1, name, dst),
            ]
    return [*rebound, *machine.body(scope.unit.listings[scope.code])]
