"""Write the generated pages again: ``docs/rules/``, one page per rule and a table of them all.

With ``--check``, write nothing and exit 1 when a page is not what it should be.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scanner.pipeline import cards  # noqa: E402
from scanner.report import Card, pages  # noqa: E402

FOLDER = ROOT / "docs" / "rules"


def generated(all_cards: tuple[Card, ...]) -> dict[Path, str]:
    """Every generated file and its content."""
    rows = [
        f"| [{c.rule.id}]({c.rule.id}.md) | {c.rule.title} | {c.rule.severity} | {c.rule.precision} |"
        for c in sorted(all_cards, key=lambda c: (-c.rule.severity, c.rule.id))
    ]
    table = ["# Rules", "", "| rule | what it finds | severity | precision |", "|---|---|---|---|", *rows, ""]
    written = {FOLDER / f"{card.rule.id}.md": pages.render(card) for card in all_cards}
    return {FOLDER / "README.md": "\n".join(table), **written}


def main(arguments: list[str]) -> int:
    wanted = generated(cards())
    there = {path: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    if arguments == ["--check"]:
        stale = sorted(p.name for p in wanted.keys() | there.keys() if wanted.get(p) != there.get(p))
        if stale:
            print(f"run `make docs`: {', '.join(stale)}")
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in there.keys() - wanted.keys():
        path.unlink()
    for path, content in wanted.items():
        path.write_text(content, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
