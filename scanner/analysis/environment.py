"""The variables of the environment: reading one by its name, and picking out those that hold secrets."""

from __future__ import annotations

from scanner.analysis import effects
from scanner.analysis.containers import inside
from scanner.analysis.here import Here
from scanner.analysis.values import Value, as_text, join

# How a name is held against a pattern.
MATCHES = frozenset({
    "fnmatch.fnmatch", "fnmatch.fnmatchcase",
    *(f"re.{of}{how}" for of in ("", "compile.") for how in ("search", "match", "fullmatch", "findall")),
})  # fmt: skip


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


def pick(here: Here, left: Value, right: Value) -> None:
    """A comparison. Of environment variables with names of secrets, it is how secrets are picked out."""
    if "env.read" in [source.kind for source in (*left.sources, *right.sources)]:
        for value in (left, right):
            shouted = Value(parts=tuple(t.upper().strip("_") for v in inside(value) for t in v.texts))
            for argument in (here.argument("0", value), here.argument("0", shouted)):
                if any(i.kind == "secret-name" for i in argument.indicators):
                    here.record("env.read", "os.environ.__contains__", (argument,))
