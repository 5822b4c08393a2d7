"""Gadgets that a derivation has and the one before it had not: ``python -m tools.derive.news OLD [NEW]``.

Prints the description of a pull request, or nothing when there are none.
"""

import sys
from pathlib import Path

from scanner.knowledge.summaries import Summaries
from scanner.knowledge.tables import HERE, Knowledge, knowledge
from tools.derive.gadgets import gadgets

SHOWN = 200


def news(known: Knowledge, old: Path, new: Path) -> list[str]:
    """One line for each; a package that had no file before has no news, all of it is new."""
    before, after = Summaries(old), Summaries(new)
    lines = []
    for path in sorted(new.glob("*.txt")):
        if not (old / path.name).exists():
            continue
        had = {name for name, _ in gadgets(known, before, path.stem)}
        for name, reach in gadgets(known, after, path.stem):
            if name not in had:
                found = after.find(name)
                assert found is not None
                meaning = known.vocabulary.kinds[reach.kind].meaning
                lines.append(
                    f"- `{name}` {meaning}: {found.path}:{reach.line} calls `{reach.callee}` ({found.source})"
                )
    return lines


def main(arguments: list[str]) -> int:
    """Print what is new."""
    old, new = Path(arguments[0]), Path(arguments[1]) if arguments[1:] else HERE / "derived"
    lines = news(knowledge(), old, new)
    if lines:
        print("Callables that act on what they are handed, and did not in the versions read before:\n")
        print("\n".join(lines[:SHOWN]))
        if len(lines) > SHOWN:
            print(f"- and {len(lines) - SHOWN} more")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
