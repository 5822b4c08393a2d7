"""The other scanners, each installed into an environment of its own under ``.cache/bench``."""

import subprocess
import venv

from runs import ROOT, Command

CACHE = ROOT / ".cache" / "bench"

# Name, requirements, and the command line in front of the file. fickling 0.1.12 forgets one of its own;
# without the others, picklescan and modelscan do not read arrays and HDF5.
PEERS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("picklescan 1.0.5", ("picklescan==1.0.5", "numpy"), ("picklescan", "--path")),
    ("hayward 1.4.1", ("hayward==1.4.1",), ("hayward", "scan")),
    ("modelscan 0.8.8", ("modelscan==0.8.8", "numpy<2", "h5py"), ("modelscan", "-p")),
    ("fickling 0.1.12", ("fickling==0.1.12", "typing-extensions"), ("fickling", "--check-safety")),
    ("modelaudit 0.2.54", ("modelaudit==0.2.54",), ("modelaudit", "scan")),
)
PICKLESCAN = PEERS[0][0]


def installed() -> dict[str, Command | None]:
    """The command line of each peer in front of the file; None for one that cannot be installed."""
    return {name: _install(requirements, line) for name, requirements, line in PEERS}


def _install(requirements: tuple[str, ...], line: tuple[str, ...]) -> Command | None:
    place = CACHE / requirements[0]
    if not (place / "ready").exists():
        venv.create(place, with_pip=True, clear=True)
        pip: Command = [place / "bin/python", "-m", "pip", "install", "--quiet", *requirements]
        if subprocess.run(pip, capture_output=True, timeout=300, check=False).returncode:
            return None
        (place / "ready").touch()
    return [place / "bin" / line[0], *line[1:]]
