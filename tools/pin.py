"""Name the images of a release by digest: the base in the Dockerfile, our own in action.yml."""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_NAME = re.compile(r"[a-z0-9][a-z0-9./:_-]*@sha256:[0-9a-f]{64}")


def main(arguments: list[str] | None = None) -> int:
    """Edit both files in ``--root``; 2, and no change, for a name without a digest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", required=True, help="name@sha256:… of the base image")
    parser.add_argument("--image", required=True, help="name@sha256:… of the published image")
    parser.add_argument("--root", type=Path, default=ROOT, help="where action.yml and the Dockerfile are")
    options = parser.parse_args(arguments)
    for name in (options.base, options.image):
        if not _NAME.fullmatch(name):
            print(f"{name!r} has no digest; nothing was changed", file=sys.stderr)
            return 2
    _replace(options.root / "Dockerfile", r"^ARG BASE=.*$", f"ARG BASE={options.base}")
    _replace(options.root / "action.yml", r"^  image: .*$", f"  image: docker://{options.image}")
    return 0


def _replace(path: Path, line: str, other: str) -> None:
    changed, count = re.subn(line, other, path.read_text("utf-8"), flags=re.MULTILINE)
    if count != 1:
        raise SystemExit(f"{path}: {count} lines instead of one are like {line}")
    path.write_text(changed, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
