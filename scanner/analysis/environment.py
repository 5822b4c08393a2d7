"""The variables of the environment: reading one by its name, and picking out those that hold secrets."""

from __future__ import annotations

from scanner.analysis import effects
from scanner.analysis.containers import inside
from scanner.analysis.here import Here
from scanner.analysis.nested import find_code
from scanner.analysis.values import Value, as_text, join
from scanner.ir import Scalar

# How a name is held against a pattern.
MATCHES = frozenset({
    "fnmatch.fnmatch", "fnmatch.fnmatchcase",
    *(f"re.{of}{how}" for of in ("", "compile.") for how in ("search", "match", "fullmatch", "findall")),
})  # fmt: skip


_COMMANDS = frozenset({
    "GIT_SSH_COMMAND", "GIT_PAGER", "GIT_EDITOR", "GIT_ASKPASS", "SSH_ASKPASS", "PAGER", "MANPAGER", "EDITOR",
    "VISUAL", "BROWSER", "LESSOPEN", "PROMPT_COMMAND", "RSYNC_RSH", "CVS_RSH",
})  # fmt: skip
_LIBRARIES = frozenset({"LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "PYTHONSTARTUP", "BASH_ENV"})


def read_variable(here: Here, callee: str, key: Value) -> Value:
    """``os.environ["NAME"]``: an effect, and a source that is secret when the name is."""
    argument = here.argument("0", key)
    kind = here.knowledge.source(callee) or "env.read"
    here.record(kind, callee, (argument,))
    hidden = effects.secret(here, (argument,), kind)
    own = (here.source(kind, f"reads {callee}[{argument.text}]"),)
    value = Value(parts=key.texts, sources=hidden or own)
    stored = [
        here.machine.patched[n] for k in key.consts if (n := f"{callee}.{as_text(k)}") in here.machine.patched
    ]
    return join([*stored, value]) if stored else value


def set_variable(here: Here, base: Value, name: Scalar, value: Value) -> None:
    """``os.environ["NAME"] = value``: some variables are commands that other programs run, and some libraries
    that they load."""
    if not any(here.knowledge.canonical(n) == "os.environ" for n in base.names):
        return
    if name in _COMMANDS:
        find_code(here, f"os.environ[{name!r}]", "command", value)
    elif name in _LIBRARIES:
        argument = here.argument("path", value)
        if any(source.kind == "net.recv" for source in argument.sources):
            here.record("native.load", f"os.environ[{name!r}]", (argument,))


def pick(here: Here, left: Value, right: Value) -> None:
    """A comparison. Of environment variables with names of secrets, it is how secrets are picked out."""
    if "env.read" in [source.kind for source in (*left.sources, *right.sources)]:
        for value in (left, right):
            shouted = Value(parts=tuple(t.upper().strip("_") for v in inside(value) for t in v.texts))
            for argument in (here.argument("0", value), here.argument("0", shouted)):
                if any(i.kind == "secret-name" for i in argument.indicators):
                    here.record("env.read", "os.environ.__contains__", (argument,))
