"""Whether a derived gadget is one: ``python -m tools.derive.confirm [--python INTERPRETER] [NAME...]``.

Each name is called once, by ``probe.py``, in a process that is thrown away: away from this repository, with
an empty environment, limits, and an audit hook, which CPython asks before it starts a program, runs code,
opens a file or a socket. The hook refuses all of it, and says whether the text that was handed over had
arrived there. Parameters get what their role wants, so the summary is tested, not the name. Methods of
objects are left out: somebody would have to make the object.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner.knowledge.summaries import Reach, Summaries
from scanner.knowledge.tables import HERE, knowledge
from tools.derive.gadgets import gadgets

SECONDS = 30

PROBE = Path(__file__).with_name("probe.py").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What came of calling ``name``: the ``event`` that the text arrived at, or ``why`` it did not."""

    name: str
    kind: str
    event: str
    why: str


def confirm(name: str, reach: Reach, python: str = sys.executable, paths: Sequence[str] = ()) -> Confirmed:
    """Call it, once; ``paths`` are folders that libraries can be imported from besides."""
    job = json.dumps({"name": name, "roles": dict(reach.keywords), "paths": [*paths]})
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [python, "-I", "-c", PROBE], input=job, capture_output=True, text=True, errors="replace",
                cwd=folder, env={"HOME": folder, "PATH": "/usr/bin:/bin"}, timeout=SECONDS, check=False,
            )  # fmt: skip
            answer = json.loads(done.stdout.rpartition("\n")[2] or '{"seen": [], "why": "it died"}')
        except subprocess.TimeoutExpired:
            answer = {"seen": [], "why": "it did not come back"}
        except ValueError:
            answer = {"seen": [], "why": "it said nothing that can be read"}
    return Confirmed(name, reach.kind, next(iter(answer["seen"]), ""), answer["why"])


def main(arguments: list[str] | None = None) -> int:
    """One line for each name: the event, or why nothing arrived."""
    parser = argparse.ArgumentParser(prog="python -m tools.derive.confirm")
    parser.add_argument(
        "--python", default=sys.executable, metavar="INTERPRETER", help="what has the libraries"
    )
    parser.add_argument("--path", action="append", default=[], metavar="DIR", help="where libraries are")
    parser.add_argument(
        "--package", default="python", metavar="PACKAGE", help="whose gadgets, when none is named"
    )
    parser.add_argument("--most", type=int, default=200, metavar="N", help="how many of them")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args(arguments)
    known, summaries = knowledge(), Summaries(HERE / "derived")
    found = dict(gadgets(known, summaries, options.package))
    names = options.names or [*found][: options.most]
    confirmed = 0
    for result in (
        confirm(name, found[name], options.python, options.path) for name in names if name in found
    ):
        confirmed += bool(result.event)
        print(result.name, result.kind, result.event or f"- {result.why}", sep="\t", flush=True)
    print(f"{confirmed} of {len(names)} confirmed", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
