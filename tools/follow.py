"""Follow the demo's poisoned checkpoint through every stage of a scan, and print what each one sees.

``docs/how-it-works.md`` shows this output; a test compares the two.
"""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scanner import __version__, irtext, report  # noqa: E402
from scanner.analysis import analyse  # noqa: E402
from scanner.blob import Blob, BytesWindow, Fragment, Numbers  # noqa: E402
from scanner.evidence import Evidence  # noqa: E402
from scanner.facts import Effect, Facts, Flow  # noqa: E402
from scanner.finding import FileReport, Finding  # noqa: E402
from scanner.formats import identify  # noqa: E402
from scanner.ir import Program  # noqa: E402
from scanner.knowledge.tables import knowledge  # noqa: E402
from scanner.languages import language  # noqa: E402
from scanner.limits import Budget  # noqa: E402
from scanner.pipeline import cards  # noqa: E402
from scanner.report import sarif  # noqa: E402
from scanner.rules import judge  # noqa: E402
from tools import demo  # noqa: E402

NAME = "decoder.pt"


def poisoned() -> bytes:
    """The checkpoint that the demo's pull request swaps in."""
    return demo.checkpoint({"weight": [1.0, 2.0]}, on_load=demo.REVERSE_SHELL)


def follow() -> dict[str, str]:
    """What each stage prints, by the name of the stage."""
    data = poisoned()
    budget = Budget()
    pieces, fragments = zip(*unwrapped(Blob((NAME,), BytesWindow(data)), budget), strict=True)
    programs: list[Program] = []
    facts = Facts()
    work = [f for f in fragments if f is not None]
    for fragment in work:
        reader = language(fragment.language)
        assert reader is not None
        for program in reader.lower(fragment, budget):
            assert isinstance(program, Program)
            programs.append(program)
            for found in analyse(program, knowledge(), budget) if not fragment.ran else ():
                match found:
                    case Effect():
                        facts.effects.append(found)
                    case Flow():
                        facts.flows.append(found)
                    case Fragment():
                        work.append(found)
    evidence = Evidence({fragment.site.trail: fragment for fragment in fragments if fragment is not None})
    facts.anomalies += evidence.doubts(judge(facts), math.inf)
    findings = [evidence.attach(finding) for finding in judge(facts)]
    return {
        "blobs": "\n".join(pieces) + "\n",
        "ir": "\n".join(irtext.render(p) for p in programs),
        "facts": "".join(f"{e.kind:<14} {e.trigger}  {e.steps[-1].text}\n" for e in facts.effects),
        "findings": "".join(f"{f.severity}  {f.rule}  [{f.behaviour}]  {f.site}\n" for f in findings),
        "sarif": result(findings, len(data)),
    }


def unwrapped(blob: Blob, budget: Budget) -> Iterator[tuple[str, Fragment | None]]:
    """One line for every blob, with what it was recognised as, and the code in it."""
    matching = identify(blob)
    names = ", ".join(f.NAME for f in matching) or "not code: skipped"
    line = f"{'!'.join(blob.trail):<34} {blob.size:>5} bytes   {names}"
    found = [part for f in matching for part in f.unwrap(blob, budget)]
    found += [part.part(run) for part in found if isinstance(part, Numbers) for run in part.runs]
    yield line, next((part for part in found if isinstance(part, Fragment)), None)
    for part in found:
        if isinstance(part, Blob):
            yield from unwrapped(part, budget)


def result(findings: list[Finding], size: int) -> str:
    """The SARIF result of the first finding, without its code flow."""
    told = FileReport(NAME, tuple(findings), (), size, size, 0.0)
    log = json.loads(sarif.render(report.Scan(__version__, (told,), cards, 1)))
    first = log["runs"][0]["results"][0]
    first.pop("codeFlows", None)
    return json.dumps(first, indent=2) + "\n"


def main() -> int:
    for stage, text in follow().items():
        print(f"## {stage}\n\n{text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
