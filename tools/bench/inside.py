"""``python inside.py ours|picklescan FILE``: processor seconds of a scan in a warm process, the best of some.

Run by the interpreter of the environment that the scanner is installed in.
"""

import os
import sys
import time
from collections.abc import Callable

TIMES = 7


def ours() -> Callable[[str], object]:
    from scanner.blob import Blob, FileWindow  # noqa: PLC0415 - each environment has only one of them
    from scanner.examine import examine  # noqa: PLC0415
    from scanner.limits import Limits  # noqa: PLC0415

    def scan(path: str) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        report = examine(Blob((path,), FileWindow(descriptor, os.fstat(descriptor).st_size)), Limits())
        os.close(descriptor)
        assert report.failure is None

    return scan


def picklescan() -> Callable[[str], object]:
    from picklescan.scanner import scan_file_path  # noqa: PLC0415

    return scan_file_path


def main(which: str, path: str) -> None:
    scan = {"ours": ours, "picklescan": picklescan}[which]()
    scan(path)
    seconds = []
    for _ in range(TIMES):
        start = time.process_time()
        scan(path)
        seconds.append(time.process_time() - start)
    print(min(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
