"""Measure a start from the command line, side by side with Python itself and with picklescan.

Every command runs on the same 100-byte malicious pickle; the best and the median of several runs are
printed, because everything else is noise of the machine. Peers are installed into environments of
their own under ``.cache/bench``.
"""

import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "bench"
PICKLESCAN = "picklescan==1.0.5"
RUNS = 15
PAYLOAD = b"cposix\nsystem\n(S'echo " + b"x" * 73 + b"'\ntR."


def peer(requirement: str) -> Path:
    """The ``bin`` folder of an environment that holds ``requirement`` and nothing else."""
    place = CACHE / requirement
    if not (place / "ready").exists():
        venv.create(place, with_pip=True, clear=True)
        install = [place / "bin/python", "-m", "pip", "install", "--quiet", requirement]
        subprocess.run(install, check=True)
        (place / "ready").touch()
    return place / "bin"


def seconds(command: list[str | Path], expected: int) -> list[float]:
    """Wall clock of each run, sorted; the exit code shows that the work was really done."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        times.append(time.perf_counter() - start)
        if done.returncode != expected:
            raise SystemExit(
                f"{command} exits with {done.returncode}:\n{done.stdout.decode()}{done.stderr.decode()}"
            )
    return sorted(times)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        pickle = Path(folder, "tiny.pkl")
        pickle.write_bytes(PAYLOAD)
        commands: dict[str, tuple[list[str | Path], int]] = {
            "python -c pass": ([sys.executable, "-c", "pass"], 0),
            "modelgate": ([sys.executable, "-m", "scanner", "scan", pickle], 1),
            PICKLESCAN: ([peer(PICKLESCAN) / "picklescan", "--path", pickle], 1),
        }
        taken = {name: seconds(command, code) for name, (command, code) in commands.items()}
    unit = taken["python -c pass"][0]
    print(f"{len(PAYLOAD)}-byte malicious pickle, {RUNS} runs each, Python {sys.version.split()[0]}")
    print(f"{'':20} {'best':>9} {'median':>9} {'× python':>9}")
    for name, times in taken.items():
        best, median = times[0], statistics.median(times)
        print(f"{name:20} {best * 1e3:6.1f} ms {median * 1e3:6.1f} ms {best / unit:9.1f}")


if __name__ == "__main__":
    main()
