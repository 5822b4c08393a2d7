"""The structured fuzzer: streams made opcode by opcode, half of them after an accident."""

import faulthandler
import pickletools
import time
from random import Random

from tools.fuzz import compare, oracle, streams

HANG = 60.0  # seconds that one stream may take
FOUND = 10  # different streams after which there is enough to look at


def made(seed: int) -> bytes:
    """The stream of this seed."""
    rng = Random(seed)
    stream = streams.Writer(rng).stream()
    return streams.mutated(rng, stream) if rng.random() < 0.5 else stream


def run(seconds: float, seed: int) -> int:
    """Compare for so many seconds; 1 when there was a difference. A hang ends the process."""
    start = time.monotonic()
    count = acting = found = 0
    while time.monotonic() - start < seconds and found < FOUND:
        faulthandler.dump_traceback_later(HANG, exit=True)
        stream = made(seed + count)
        told = compare.differences(stream)
        with compare.bounded():
            acting += any(trace.acts for trace in oracle.load(stream, "C"))
        if told:
            found += 1
            print(f"seed {seed + count}: {stream!r}", *told, sep="\n  ")
        count += 1
    faulthandler.cancel_dump_traceback_later()
    spent = time.monotonic() - start
    print(f"{count:,} streams from seed {seed} in {spent:.0f} s ({count / spent:.0f}/s);"
          f" {acting:,} call something that is not inert; {found} differ")  # fmt: skip
    return int(found > 0)


def explain(stream: bytes) -> int:
    """What is to be known about one stream."""
    try:
        pickletools.dis(stream)
    except Exception as error:  # as far as it can be read
        print(error)
    for loader in oracle.LOADERS:
        print(loader, *oracle.load(stream, loader), sep="\n  ")
    told = compare.differences(stream)
    print(*told, sep="\n")
    return int(bool(told))
