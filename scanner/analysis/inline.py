"""Code that a program runs is run where it stands: ``exec`` shares the variables of its caller, a command
line the files."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from scanner import ir
from scanner.analysis.here import Frame, Here
from scanner.analysis.scope import Module, Scope
from scanner.analysis.values import Box, Value, join
from scanner.blob import Fragment
from scanner.errors import OverBudget
from scanner.ir import Program
from scanner.irwalk import walk

KINDS = frozenset({"code.run", "code.compile"})  # Python that does not run in a process of its own
SHELL = "shell"  # which shares files with its caller, and no variables


class Piece(Struct, frozen=True):
    """A program that ran inside another one; loaders may call what it defines."""

    module: Module
    scope: Scope


def run(here: Here, fragment: Fragment, namespace: Box | None, *, certain: bool) -> Value | None:
    """Run the fragment here, in the dictionary that it is given or in the caller's variables, and say
    what its last expression is; None if it has to be looked at elsewhere. Unless it is ``certain`` that
    this is the code, it may be a text that nobody runs, and what is wrong with it says nothing."""
    machine = here.machine
    if machine.inlined >= machine.budget.limits.depth - len(fragment.blob.trail):
        return None  # whoever unwraps it says that this is too deep
    machine.budget.spend("parts")
    machine.inlined += 1
    results: list[Value] = []
    try:
        for item in machine.linker.lower(fragment, machine.budget):
            if isinstance(item, Program):
                results += _run(here, item, namespace)
            elif certain:
                machine.anomalies.append(item)
    except (OverBudget, RecursionError) as error:
        machine.exceeded[fragment.site, str(error)] = None
    finally:
        machine.inlined -= 1
    return join(results) if results else None


def _run(here: Here, program: Program, namespace: Box | None) -> list[Value]:
    own, caller = here.frame.module, here.frame
    module = Module(program, own.scope)
    main = program.functions.get("main")
    if main is None:
        return []
    scope = Scope(main, caller.scope if program.language != SHELL else None)
    if namespace is not None:
        variables = {str(k): v for k, v in namespace.entries.items()}
        stored = {op.var for op in walk(main.body) if isinstance(op, ir.Store)}
        scope = Scope(replace(main, local=frozenset({*variables, *stored})), caller.scope, layers=[variables])
    frame = Frame(module, scope, caller.trigger, program.steps)
    here.machine.pieces.append(Piece(module, scope))
    here.machine.reached.add(id(main))
    here.machine.execute(frame, main.body)
    if namespace is not None:
        namespace.entries.update(scope.layers[0].items())
    return [
        frame.registers[op.dst]
        for op in main.body[-1:]
        if not isinstance(op, ir.Return) and hasattr(op, "dst")
    ]
