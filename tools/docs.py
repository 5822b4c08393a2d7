"""Write the generated pages again.

``docs/rules/`` (one page per rule and a table of them all), and the blocks between ``<!-- begin X -->``
and ``<!-- end X -->`` in the pages that show real output. With ``--check``, write nothing and exit 1
when a page is not what it should be.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scanner.pipeline import cards  # noqa: E402
from scanner.report import Card, pages  # noqa: E402
from tools import follow  # noqa: E402

FOLDER = ROOT / "docs" / "rules"
README = ROOT / "README.md"
HOW_IT_WORKS = ROOT / "docs" / "how-it-works.md"
LANGUAGES = {"sarif": "json"}


def generated(all_cards: tuple[Card, ...]) -> dict[Path, str]:
    """Every generated file and its content."""
    rows = [
        f"| [{c.rule.id}]({c.rule.id}.md) | {c.rule.title} | {c.rule.severity} | {c.rule.precision} |"
        for c in sorted(all_cards, key=lambda c: (-c.rule.severity, c.rule.id))
    ]
    table = ["# Rules", "", "| rule | what it finds | severity | precision |", "|---|---|---|---|", *rows, ""]
    return {
        FOLDER / "README.md": "\n".join(table),
        README: filled(README.read_text("utf-8"), {"demo": demonstrated()}),
        HOW_IT_WORKS: filled(HOW_IT_WORKS.read_text("utf-8"), follow.follow()),
        **{FOLDER / f"{card.rule.id}.md": pages.render(card) for card in all_cards},
    }


def filled(page: str, blocks: Mapping[str, str]) -> str:
    """``page`` with the output that belongs between its markers."""

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        fence = f"```{LANGUAGES.get(name, 'text')}\n{blocks[name].rstrip()}\n```"
        return f"<!-- begin {name} -->\n{fence}\n<!-- end {name} -->"

    return re.sub(r"<!-- begin (\w+) -->\n.*?<!-- end \1 -->", fill, page, flags=re.S)


def demonstrated() -> str:
    """What ``make demo`` prints, without the seconds that the scan took."""
    with tempfile.TemporaryDirectory() as folder:
        sarif = Path(folder) / "demo.sarif"
        command = [sys.executable, str(ROOT / "tools" / "demo.py"), "--sarif", str(sarif)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return re.sub(r" in [\d.]+ s", "", printed).replace(str(sarif), "build/demo.sarif")


def main(arguments: list[str]) -> int:
    wanted = generated(cards())
    there = {path: path.read_text("utf-8") for path in [*FOLDER.glob("*.md"), README, HOW_IT_WORKS]}
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
