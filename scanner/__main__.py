"""``python -m scanner``, and the program ``modelgate``."""

import sys

from scanner import process


def main() -> None:
    """Start a worker if there is going to be work, then everything else beside it."""
    ahead = process.start() if sys.argv[1:2] in (["scan"], ["diff"]) else None
    from scanner import cli  # noqa: PLC0415 - the worker gets ready meanwhile

    sys.exit(cli.main(ahead=ahead))


if __name__ == "__main__":
    main()
