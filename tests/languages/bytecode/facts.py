"""What source and bytecode do, in a form that can be compared."""

from scanner.analysis import analyse
from scanner.blob import Blob, BytesWindow, Fragment
from scanner.facts import Argument, Effect, Flow
from scanner.ir import Program
from scanner.knowledge.tables import knowledge
from scanner.languages import language as named
from scanner.limits import Budget
from scanner.site import Trigger


def fragment(language: str, data: bytes, *, script: bool = False) -> Fragment:
    return Fragment(language, Blob(("t",), BytesWindow(data)), Trigger.LOAD, script)


def lowered(data: bytes, *, script: bool = False) -> list[object]:
    """All that the language yields for marshalled code."""
    return list(named("bytecode").lower(fragment("bytecode", data, script=script), Budget()))


def facts(language: str, data: bytes, *, script: bool = False) -> set[object]:
    """Effects with their lines and arguments, flows, code in constants, and anomalies."""
    found: set[object] = set()
    budget = Budget()
    for program in named(language).lower(fragment(language, data, script=script), budget):
        if not isinstance(program, Program):
            found.add(("anomaly", program.kind, program.message))
            continue
        for fact in analyse(program, knowledge(), budget):
            match fact:
                case Effect():
                    arguments = tuple(_shown(argument) for argument in fact.arguments)
                    found.add((fact.kind, fact.callee, fact.site.line, str(fact.trigger), arguments))
                case Flow():
                    found.add(("flow", fact.source, fact.effect.callee, fact.argument))
                case Fragment():
                    found.add(("code", fact.language, fact.blob.read_at(0, 400)))
                case Blob():
                    found.add(("code", None, fact.read_at(0, 400)))
    return found


def _shown(argument: Argument) -> tuple[object, ...]:
    indicators = sorted(f"{i.kind} {i.text}" for i in argument.indicators)
    sources = sorted({source.kind for source in argument.sources})
    return argument.name, argument.text, argument.constant, tuple(indicators), tuple(sources)
