"""``python -m scanner``, and the program ``modelgate``."""

import gc
import os
import sys

from scanner import process


def main() -> None:
    """Start a worker if there is going to be work, then everything else beside it."""
    ahead = process.start() if sys.argv[1:2] in (["scan"], ["diff"]) else None
    gc.disable()  # imports make no garbage: looking for it, now and at the exit, takes a tenth of the time
    process.import_records()
    from scanner import cli  # noqa: PLC0415 - the worker gets ready meanwhile

    gc.freeze()
    gc.enable()
    code = cli.main(ahead=ahead)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # the system takes memory back faster than the interpreter gives it back


if __name__ == "__main__":
    main()
