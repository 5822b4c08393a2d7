"""Run one of the fuzzers: ``python -m tools.fuzz pickles|artifacts [SECONDS] [--seed N] [--input FILE]``."""

import argparse
import sys
import time
from pathlib import Path


def main() -> int:
    """Exit code 0 when nothing was found, or when the fuzzer cannot run here, which is said."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz")
    parser.add_argument("target", choices=("pickles", "artifacts"))
    parser.add_argument("seconds", nargs="?", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=time.time_ns() % (1 << 40), help="of the first input")
    parser.add_argument("--input", type=Path, help="try this file alone")
    options = parser.parse_args()
    if options.target == "pickles":
        from tools.fuzz import pickles  # noqa: PLC0415 - it imports what the other one must watch

        if options.input:
            return pickles.explain(options.input.read_bytes())
        return pickles.run(options.seconds, options.seed)
    try:
        import atheris  # noqa: PLC0415 - there are wheels for some platforms only
    except ImportError as error:
        print(f"skipped: {error}")
        return 0
    with atheris.instrument_imports(include=["scanner"]):
        from tools.fuzz import artifacts  # noqa: PLC0415

        artifacts.everything()
    return artifacts.run(options.seconds, options.seed, options.input)


if __name__ == "__main__":
    sys.exit(main())
