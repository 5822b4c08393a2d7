"""Write the opcode tables of `scanner/knowledge/opcodes/`, by asking the interpreters themselves.

    python tools/opcodes.py PYTHON...     # paths of interpreters, one for each version

Each interpreter runs :data:`PROBE`, which only looks at its own `opcode` module. The table of a
version whose interpreter is not at hand is kept as it is; its header says what it was made from.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

TABLES = Path(__file__).parents[1] / "scanner" / "knowledge" / "opcodes"
WIDTH = 110

# Runs under every version from 2.7 on.
PROBE = r"""
import dis, json, opcode, struct, sys
try:
    from importlib.util import MAGIC_NUMBER as magic
except ImportError:
    import imp
    magic = imp.get_magic()
special = {}
every = getattr(opcode, "_specialized_opmap", None) or {
    n: c for n, c in getattr(dis, "_all_opmap", {}).items() if n not in opcode.opmap}
if sys.version_info[:2] == (3, 12):
    every = {n: c for n, c in every.items() if n in sum(opcode._specializations.values(), [])}
bases = {s: b for b, ss in getattr(opcode, "_specializations", {}).items() for s in ss}
for name, code in every.items():
    base = bases.get(name)
    if base is None or base not in opcode.opmap:
        base = name.split("__")[0]
        while base and base not in opcode.opmap:
            base = base.rpartition("_")[0]
    if base:
        special.setdefault(base, []).append(code)
for name, code in opcode.opmap.items():
    base = name[len("INSTRUMENTED_"):]
    if name.startswith("INSTRUMENTED_") and base in opcode.opmap:
        special.setdefault(base, []).append(code)
caches = getattr(opcode, "_inline_cache_entries", {})
if isinstance(caches, list):
    caches = {n: caches[c] for n, c in opcode.opmap.items() if c < 256}
print(json.dumps({
    "magic": struct.unpack("<H", magic[:2])[0],
    "have_argument": opcode.HAVE_ARGUMENT,
    "compare": list(dis.cmp_op),
    "binary": [s for _, s in getattr(opcode, "_nb_ops", [])],
    "intrinsic_1": list(getattr(opcode, "_intrinsic_1_descs", [])),
    "intrinsic_2": list(getattr(opcode, "_intrinsic_2_descs", [])),
    "caches": {
        n: c for n, c in caches.items() if c and n in opcode.opmap and not n.startswith("INSTRUMENTED_")},
    "specialised": special,
    "opcodes": {n: c for n, c in opcode.opmap.items() if c < 256 and not n.startswith("INSTRUMENTED_")},
    "version": "%d.%d" % sys.version_info[:2],
}))
"""


def probe(interpreter: str) -> tuple[str, str]:
    """The version of an interpreter, and the text of its table."""
    run = subprocess.run([interpreter, "-c", PROBE], check=True, capture_output=True, text=True)
    table = json.loads(run.stdout)
    return table["version"], render(table)


def render(table: dict[str, Any]) -> str:
    """The table as TOML, sorted by number."""
    lines = [
        f"# Opcodes of CPython {table['version']}, written by tools/opcodes.py from the interpreter itself.",
        f"magic = {table['magic']}  # the first two bytes of its .pyc files, little-endian",
        f"have_argument = {table['have_argument']}",
    ]
    for name in ("compare", "binary", "intrinsic_1", "intrinsic_2"):
        if table[name]:
            lines += [f"{name} = [", *_wrapped(json.dumps(word) for word in table[name]), "]"]
    for name, comment in (
        ("opcodes", "numbers"),
        ("caches", "code units behind the instruction"),
        ("specialised", "numbers that stand for the same at run time, never in a file"),
    ):
        if table[name]:
            words = sorted(table[name].items(), key=lambda item: (item[1], item[0]))
            lines += ["", f"[{name}]  # {comment}"]
            lines += [
                f"{_key(key)} = {sorted(value) if isinstance(value, list) else value}" for key, value in words
            ]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)


def _wrapped(words: Any) -> list[str]:
    lines = ["   "]
    for word in words:
        if len(lines[-1]) + len(word) + 2 > WIDTH:
            lines.append("   ")
        lines[-1] += f" {word},"
    return lines


def main() -> None:
    for interpreter in sys.argv[1:]:
        version, text = probe(interpreter)
        (TABLES / f"{version}.toml").write_text(text, encoding="utf-8")
        print(f"{version}: {text.count(chr(10))} lines")


if __name__ == "__main__":
    main()
