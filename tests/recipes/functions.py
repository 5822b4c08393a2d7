"""Pickles of functions by value, as cloudpickle and dill write them, for any version of Python.

The fields of a code object come from an interpreter of that version, which compiles and runs nothing.
"""

import base64
import io
import json
import pickle
import subprocess
from typing import Any

from tests.recipes.pickles import args, build, call, data, glob, text

WRITERS = ("cloudpickle", "dill")

_FIELDS = """
import base64, json, sys
def shown(value):
    if type(value).__name__ == "code":
        return {"code": [shown(getattr(value, "co_" + name)) for name in FIELDS]}
    if isinstance(value, tuple):
        return {"tuple": [shown(item) for item in value]}
    if isinstance(value, bytes) and not (isinstance(value, str) and value.isalnum()):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    return value
v = sys.version_info[:2]
FIELDS = ["argcount"] + ["posonlyargcount"] * (v >= (3, 8)) + ["kwonlyargcount"] * (v > (3, 0))
FIELDS += ["nlocals", "stacksize", "flags", "code", "consts", "names", "varnames", "filename", "name"]
FIELDS += ["qualname"] * (v >= (3, 11)) + ["firstlineno", "linetable" if v >= (3, 10) else "lnotab"]
FIELDS += ["exceptiontable"] * (v >= (3, 11)) + ["freevars", "cellvars"]
code = compile(sys.stdin.read(), "t.py", "exec")
print(json.dumps(shown(code)))
"""


def fields(interpreter: str, source: str) -> Any:
    """The code object of a module, as nested lists of its fields."""
    run = subprocess.run(
        [interpreter, "-c", _FIELDS], input=source, capture_output=True, text=True, check=True
    )
    return json.loads(run.stdout)


def _code_type(writer: str) -> bytes:
    if writer == "cloudpickle":
        return call(glob("cloudpickle.cloudpickle", "_builtin_type"), text("CodeType"))
    return glob("dill._dill", "_create_code")


def _value(found: Any, writer: str) -> bytes:
    match found:
        case {"code": inner}:
            return call(_code_type(writer), *[_value(item, writer) for item in inner])
        case {"tuple": items}:
            return args(*[_value(item, writer) for item in items])
        case {"bytes": raw}:
            return data(base64.b64decode(raw))
    written = io.BytesIO()
    pickler = pickle.Pickler(written, 2)
    pickler.fast = True  # without a memo, which belongs to the whole stream
    pickler.dump(found)
    return written.getvalue()[2:-1]


def _function(interpreter: str, writer: str, source: str, slot: bytes = b"\0") -> bytes:
    """The first function of ``source``, with ``os`` among its globals; ``slot`` is its place in the memo."""
    module = fields(interpreter, source)
    constants = next(f["tuple"] for f in module["code"] if isinstance(f, dict) and "tuple" in f)
    inner = next(c for c in constants if isinstance(c, dict) and "code" in c)
    code = _value(inner, writer)
    if writer == "dill":
        scope = b"(" + text("os") + call(glob("dill._dill", "_import_module"), text("os")) + b"d"
        return call(glob("dill._dill", "_create_function"), code, scope, text("f"), b"N", b"N")
    made = call(glob("cloudpickle.cloudpickle", "_make_function"), code, b"}", b"N", b"N", b"N")
    scope = b"(" + text("os") + call(glob("cloudpickle.cloudpickle", "subimport"), text("os")) + b"d"
    slots = b"(" + text("__name__") + text("f") + text("__globals__") + scope + b"d"
    state = call(glob("cloudpickle.cloudpickle", "_function_setstate"), b"h" + slot, args(b"}", slots))
    return made + b"q" + slot + state + b"0"


def held(interpreter: str, writer: str, source: str) -> bytes:
    """A function in a dictionary."""
    return b"\x80\x02(" + text("hook") + _function(interpreter, writer, source) + b"d."


def called(interpreter: str, writer: str, source: str) -> bytes:
    """A function that is called without arguments."""
    return b"\x80\x02" + _function(interpreter, writer, source) + b")R."


def rebound(interpreter: str, name: str, replacement: bytes, *, broken: bool = False) -> bytes:
    """A call of a function that calls ``name`` on a command, which its globals say is something else."""
    module = fields(interpreter, f"def f():\n    return {name}('touch /tmp/pwned')\n")
    constants = next(f["tuple"] for f in module["code"] if isinstance(f, dict) and "tuple" in f)
    inner = next(c for c in constants if isinstance(c, dict) and "code" in c)
    if broken:
        at = next(i for i, f in enumerate(inner["code"]) if isinstance(f, dict) and "bytes" in f)
        inner["code"][at] = {"bytes": base64.b64encode(b"\x01\x02" * 30).decode("ascii")}
    scope = b"(" + text(name) + replacement + b"d"
    code = _value(inner, "cloudpickle")
    return b"\x80\x02" + call(glob("types", "FunctionType"), code, scope) + b")R."


def executed(interpreter: str, source: str) -> bytes:
    """``exec`` of a code object."""
    return (
        b"\x80\x02"
        + call(glob("builtins", "exec"), _value(fields(interpreter, source), "cloudpickle"))
        + b"."
    )


def carried_class(interpreter: str, method: str, source: str) -> bytes:
    """An instance of a class that travels by value, with one method, and its state."""
    function = _function(interpreter, "cloudpickle", source, b"\1")
    skeleton = call(
        glob("cloudpickle.cloudpickle", "_make_skeleton_class"), glob("builtins", "type"), text("C"),
        args(glob("builtins", "object")), b"}", text("0" * 32), b"N",
    )  # fmt: skip
    members = b"(" + text(method) + function + b"d"
    state = call(glob("cloudpickle.cloudpickle", "_class_setstate"), b"h\0", args(members, b"}"))
    return b"\x80\x02" + skeleton + b"q\0" + state + b"0" + build(b"h\0)\x81", b"}") + b"."
