"""Classes that a loader runs, as other files of the tree say: by what they derive from, or by name."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner import ir
from scanner.analysis import classes
from scanner.analysis.here import Frame
from scanner.analysis.inline import Piece
from scanner.analysis.values import ClassObject, Value, named
from scanner.languages.python.entries import PRETRAINED, Protocol, matching
from scanner.site import Step, Trigger

if TYPE_CHECKING:
    from scanner.analysis.machine import Machine

# What a loader hands over (the builder protocol of ``datasets`` and tfds), by the name of the parameter, or
# first to this method.
_MANAGER, _MANAGED = "dl_manager", "_split_generators"
REQUESTS = frozenset({"data", "request", "requests"})  # and a model server to its handler
# Files of a checkpoint whose ``auto_map`` names the classes that ``trust_remote_code`` runs.
_CONFIGURATIONS = (
    "config.json",
    "tokenizer_config.json",
    "preprocessor_config.json",
    "processor_config.json",
)


def enter(machine: Machine, piece: Piece) -> None:
    """Run what loaders call of the module's classes and their bases in other files."""
    own = {id(function) for function in piece.module.program.functions.values()}
    seen = [
        (name, thing)
        for name, value in list(piece.scope.layers[0].items())
        for thing in value.objects
        if isinstance(thing, ClassObject) and id(thing.members.function) in own
    ]
    mapped = set(_mapped(machine, piece)) if seen else set()
    compiled = piece.module.program.language == "bytecode"  # which has no entries for its own classes
    for name, cls in seen:
        family = cls.family()
        methods = {m for c in family for m, v in c.members.layers[0].items() if classes.closures(v)}
        for protocol in matching(cls.external(), methods) if len(family) > 1 or compiled else ():
            _run(machine, piece, cls, protocol, protocol.note)
        if name in mapped:
            _run(machine, piece, cls, PRETRAINED, "the configuration beside it names this class")


def _run(machine: Machine, piece: Piece, cls: ClassObject, protocol: Protocol, note: str) -> None:
    """Call the methods of a protocol that no entry of the file itself has reached."""
    instance = cls.instantiate()
    for name in protocol.load:
        for method in classes.closures(cls.find(name)):
            if id(method.function) in machine.entered:
                continue
            machine.entered.add(id(method.function))
            program = method.module.program
            start = piece.module.program.site(
                cls.members.function.body[0].at if cls.members.function.body else 1
            )
            steps = (*program.steps, Step(start, f"{method.function.name} runs on {Trigger.LOAD}: {note}"))
            kwargs = given(method.function, skip=1)
            frame = Frame(piece.module, piece.scope, Trigger.LOAD, steps)
            machine.invoke(frame, method.bind(instance), [], kwargs, None)
            machine.activations.catch_up()


def given(function: ir.Function, skip: int) -> dict[str, Value]:
    """What a loader hands to the parameters of a function behind the first ``skip``."""
    first = function.name.rpartition(".")[2].partition(":")[0] == _MANAGED
    return {
        parameter.name: named("datasets.DownloadManager()")
        for place, parameter in enumerate(function.params[skip:])
        if parameter.name == _MANAGER or (first and place == 0)
    }


def _mapped(machine: Machine, piece: Piece) -> Iterator[str]:
    """The classes of this file that the configurations beside it name."""
    folder, file = posixpath.split(piece.module.path)
    for name in _CONFIGURATIONS:
        blob = machine.linker.blob((posixpath.join(folder, name),))
        if blob is None:
            continue
        try:
            record: Any = json.loads(blob.read_at(0, blob.size))
        except (ValueError, RecursionError):
            continue  # which is told when that file is scanned
        table = record.get("auto_map") if isinstance(record, dict) else None
        for targets in table.values() if isinstance(table, dict) else ():
            for target in targets if isinstance(targets, list) else [targets]:
                module, _, cls = str(target).rpartition("--")[2].rpartition(".")
                if f"{module.rpartition('.')[2]}.py" == file:
                    yield cls
