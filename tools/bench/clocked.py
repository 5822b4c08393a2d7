"""``python clocked.py scan FILE …``: our command line, which also says what its worker took.

The last line that it prints is the seconds of wall clock between the start of the worker and its answer.
"""

import os
import sys
import time
from collections.abc import Iterator
from typing import Any, NoReturn

from scanner import __main__, process

moments: list[float] = []
_start, _leave = process.start, os._exit


def start(*arguments: Any) -> process.Started:
    """Note the time and start a worker; what its answers pass through is imported only then, as usual."""
    moments.append(time.perf_counter())
    started = _start(*arguments)
    from scanner.pool import Pool  # noqa: PLC0415

    take = Pool._take

    def taken(*arguments: Any) -> Iterator[Any]:
        moments.append(time.perf_counter())
        yield from take(*arguments)

    Pool._take = taken  # type: ignore[method-assign]
    return started


def leave(code: int) -> NoReturn:
    print(moments[-1] - moments[0])
    sys.stdout.flush()
    _leave(code)


if __name__ == "__main__":
    process.start = start
    os._exit = leave
    __main__.main()
