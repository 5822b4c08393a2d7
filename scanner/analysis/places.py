"""Paths and the objects that stand for them: where a program reads, writes and looks for files."""

from __future__ import annotations

from scanner.analysis.containers import HOLE, PATH_OBJECT, concatenate
from scanner.analysis.here import Here
from scanner.analysis.iteration import Model
from scanner.analysis.record import OWN_FILE
from scanner.analysis.values import UNKNOWN, Box, Value, const, made, named

BELOW = frozenset({"joinpath", "glob", "rglob"})  # methods of a path whose results are below it


def _path(_here: Here, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return concatenate(args, "/") if len(args) > 1 else (args or [UNKNOWN])[0]


def _path_object(_here: Here, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """``Path(…)``: an object with methods that act, which still knows its text."""
    if len(args) == 1 and args[0].names == (OWN_FILE,):
        return named(PATH_OBJECT, OWN_FILE)
    text = concatenate(args, "/") if args else UNKNOWN
    modules = tuple(n for a in args for n in a.names if n.endswith(f".{OWN_FILE}"))
    text = text if text.texts else Value(parts=modules[:1], sources=text.sources)
    return Value(names=(PATH_OBJECT,), parts=text.texts, sources=text.sources, exact=True)


def _home(here: Here, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return _path_object(here, [const("~")], {})


def _own_path(_here: Here, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """``Path(__file__).resolve()`` is the same file."""
    return named(PATH_OBJECT, OWN_FILE)


def _packages(_here: Here, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """Where installed packages are, in the form in which the caller has it."""
    place = Value(parts=(f"{HOLE}/site-packages",))
    return made(Box("list", [place], {"purelib": place, "platlib": place}, exact=False))


def _memory_file(_here: Here, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """A file without a name is opened again by its descriptor."""
    return Value(parts=("/proc/self/fd/",))


def _path_objects(here: Here, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """What a listing of a folder yields: such objects, somewhere below it."""
    return made(Box("list", [_path_object(here, args, {})], exact=False))


MODELS: dict[str, Model] = {
    "os.path.join": _path,
    "os.path.expanduser": _path,
    "os.path.expandvars": _path,
    "os.path.abspath": _path,
    "os.path.realpath": _path,
    "pathlib.Path": _path_object,
    "pathlib.PurePath": _path_object,
    "pathlib.Path.home": _home,
    f"{OWN_FILE}.resolve": _own_path,
    f"{OWN_FILE}.absolute": _own_path,
    "site.getsitepackages": _packages,
    "site.getusersitepackages": _packages,
    "sysconfig.get_paths": _packages,
    "sysconfig.get_path": _packages,
    "distutils.sysconfig.get_python_lib": _packages,
    "os.memfd_create": _memory_file,
    "pathlib.Path.glob": _path_objects,
    "pathlib.Path.rglob": _path_objects,
    "pathlib.Path.iterdir": _path_objects,
}
