"""A program out of code objects, as one version reads them."""

from scanner import ir
from scanner.blob import Fragment
from scanner.languages.bytecode.code import Code, walk
from scanner.languages.bytecode.instructions import listing
from scanner.languages.bytecode.machine import Machine
from scanner.languages.bytecode.scope import MAIN, MODULE, Scope, Unit
from scanner.languages.bytecode.tables import Table
from scanner.languages.python.scope import BUILTINS
from scanner.limits import Budget
from scanner.site import Trigger


def program(
    codes: tuple[Code, ...], table: Table, fragment: Fragment, budget: Budget
) -> tuple[ir.Program, bool]:
    """The program of ``codes``: those of modules run, and those of functions are called. And whether
    there are instructions in it that no file should have.

    Raises :class:`~scanner.errors.Malformed` when this version would not make sense of them.
    """
    listings = {code: listing(code, table) for top in codes for code in walk(top)}
    unit = Unit(listings, fragment.script)
    unit.functions[MAIN] = ir.Function(MAIN, (), ())
    for code in codes:
        unit.survey(code)
    modules = [code for code in codes if code.name == MODULE]
    body: list[ir.Op] = []
    main = None
    for code in modules[:1]:
        main = Scope(unit, code, MAIN, "module", None, "")
        body = _write(main, table, budget)
    outside = main or Scope(unit, codes[0], MAIN, "module", None, "")
    tops = [outside.define(code) for code in codes if code not in modules[:1]]
    while unit.waiting:
        scope = unit.waiting.pop()
        written = tuple(_write(scope, table, budget))
        unit.functions[scope.name] = ir.Function(
            scope.name, scope.parameters(), written, scope.local, scope.parent
        )
    unit.functions[MAIN] = ir.Function(MAIN, (), tuple(body))
    trigger = Trigger.IMPORT if fragment.script else fragment.trigger
    entries = [ir.Entry(MAIN, trigger)] if body else []
    entries += [ir.Entry(scope.name, trigger, "it is the code itself") for scope in tops]
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


def _write(scope: Scope, table: Table, budget: Budget) -> list[ir.Op]:
    """The operations of one code object; in a module, rebound builtins are themselves at first."""
    machine = Machine(scope.code, table, scope, budget)
    rebound: list[ir.Op] = []
    if scope.kind == "module":
        for name in sorted(scope.unit.variables & BUILTINS.keys()):
            dst = machine.register()
            rebound += [
                ir.Name(1, dst, BUILTINS[name], BUILTINS[name].partition(".")[0]),
                ir.Store(1, name, dst),
            ]
    return [*rebound, *machine.body(scope.unit.listings[scope.code])]
