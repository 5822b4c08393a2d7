"""Functions, lambdas, closures and classes by value, as the ``cloudpickle`` library itself writes them.

Another process defines them, pickles them and ends at once: nothing of what they do is run.
"""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache

from tests.recipes.payloads import IN_DATA, PAYLOADS
from tests.recipes.twins import TWINS

_WRITER = """
import base64, json, os, sys, textwrap
import cloudpickle
class Called:
    def __init__(self, *parts):
        self.parts = parts
    def __reduce__(self):
        return self.parts[0], self.parts[1:]
def body(source, head="def f():"):
    space = {"__name__": "__main__", "os": os}
    exec(head + "\\n" + textwrap.indent(source, " " * (len(head.splitlines()) * 4)), space)
    return space
def function(source):
    return Called(body(source)["f"])
def held(source):
    return {"hook": body(source)["f"]}
def anonymous(source):
    return Called(eval("lambda text: exec(text) or 1", {}), source)
def closure(source):
    def make(text):
        def inner():
            exec(text, {})
        return inner
    return Called(make(source))
def by_init(source):
    return Called(body(source, "class C:\\n    def __init__(self, *args):")["C"])
def by_setstate(source):
    cls = body(source, "class C:\\n    def __setstate__(self, state):")["C"]
    made = cls.__new__(cls)
    made.epoch = 3
    return made
def by_del(source):
    cls = body(source, "class C:\\n    def __del__(self):")["C"]
    return cls.__new__(cls)
def by_call(source):
    made = body(source, "class C:\\n    def __call__(self, *args):")["C"]
    return Called(made.__new__(made))
form, kept = globals()[sys.argv[1]], []
try:
    for source in json.load(sys.stdin):
        kept.append(form(source))  # and nothing is deleted before the process is gone
    json.dump([base64.b64encode(cloudpickle.dumps(thing)).decode() for thing in kept], sys.stdout)
    sys.stdout.flush()
finally:
    os._exit(0)
"""
CALLED = ("function", "anonymous", "closure", "by_init", "by_setstate", "by_del", "by_call")


@cache
def _written(form: str) -> dict[str, bytes]:
    sources = [s for table in (PAYLOADS, IN_DATA) for shapes in table.values() for s in shapes.values()]
    sources += TWINS.values()
    command = [sys.executable, "-c", _WRITER, form]
    run = subprocess.run(command, input=json.dumps(sources), capture_output=True, text=True, check=True)
    pickles = map(base64.b64decode, json.loads(run.stdout))
    return dict(zip(sources, pickles, strict=True))


def pickled(form: str) -> Callable[[str], bytes]:
    """The pickle of one of the payloads or of the twins in this form."""
    return lambda source: _written(form)[source]
