"""``python -m scanner``, and the program ``modelgate``."""

import gc
import sys

from scanner import process


def main() -> None:
    """Start a worker if there is going to be work, then everything else beside it."""
    ahead = process.start() if sys.argv[1:2] in (["scan"], ["diff"]) else None
    gc.disable()  # imports make no garbage: looking for it, now and at the exit, takes a tenth of the time
    from scanner import cli  # noqa: PLC0415 - the worker gets ready meanwhile

    gc.freeze()
    gc.enable()
    sys.exit(cli.main(ahead=ahead))


if __name__ == "__main__":
    main()
