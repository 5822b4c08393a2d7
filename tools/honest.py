"""Write honest objects of whatever frameworks a Python has, for false-alarm runs.

    PYTHON tools/honest.py FOLDER && python -m scanner scan FOLDER

``PYTHON`` is that of an environment with frameworks in it (scikit-learn, pandas, PyTorch, …), and needs
nothing else. The objects are the expressions in ``tools/honest.txt``; each becomes a file per writer:
pickle in an old and a new protocol, joblib, dill, cloudpickle and ``torch.save`` where they are. What cannot
be made or written here is said on standard error.
"""

import contextlib
import importlib
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

OBJECTS = Path(__file__).with_suffix(".txt")
Writer = Callable[[Any, Path], Any]


def main() -> int:
    """Write everything into the folder; 1 when nothing could be made."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    known = writers()
    names: dict[str, Any] = {}
    count = 0
    for number, line in enumerate(OBJECTS.read_text("utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        try:
            if line.startswith(("from ", "import ", "class ", "def ")):
                exec(line, names)
                continue
            value = eval(line, names)
        except Exception as error:  # not here, or elsewhere in this version
            print(f"{number}: {type(error).__name__}: {error}"[:200], file=sys.stderr)
            continue
        count += sum(written(value, folder / f"{number:03}.{suffix}", known[suffix]) for suffix in known)
    print(f"{count} files", file=sys.stderr)
    return int(not count)


def writers() -> dict[str, Writer]:
    """Whatever can write an object here, by the suffix of its files."""
    found: dict[str, Writer] = {
        "p2.pkl": lambda value, path: path.write_bytes(pickle.dumps(value, 2)),
        "p4.pkl": lambda value, path: path.write_bytes(pickle.dumps(value, 4)),
    }
    with contextlib.suppress(ImportError):
        dill = importlib.import_module("dill")
        found["dill"] = lambda value, path: path.write_bytes(dill.dumps(value))
    with contextlib.suppress(ImportError):
        cloudpickle = importlib.import_module("cloudpickle")
        found["cp.pkl"] = lambda value, path: path.write_bytes(cloudpickle.dumps(value))
    with contextlib.suppress(ImportError):
        found["joblib"] = importlib.import_module("joblib").dump
    with contextlib.suppress(ImportError):
        save = importlib.import_module("torch").save
        found["pt"] = save
        found["legacy.pt"] = lambda value, path: save(value, path, _use_new_zipfile_serialization=False)
    return found


def written(value: Any, path: Path, writer: Writer) -> bool:
    """Whether the writer could."""
    try:
        writer(value, path)
    except Exception as error:  # not everything can be pickled in every way
        path.unlink(missing_ok=True)
        print(f"{path.name}: {type(error).__name__}: {error}"[:120], file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
