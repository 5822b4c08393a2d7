"""Runs in the process that is thrown away, by ``-c``: reads a job from standard input, calls what it names,
and prints which event of the interpreter the marked argument arrived at. Needs nothing but Python 3.8."""

import importlib
import inspect
import json
import os
import pathlib
import resource
import sys

MARK = "modelgate7probe"
_REFUSED = """
    os.system os.exec os.posix_spawn os.spawn os.fork os.forkpty subprocess.Popen pty.spawn os.startfile
    socket.connect socket.bind socket.sendto socket.getaddrinfo socket.gethostbyname urllib.Request
    os.remove os.rename os.rmdir os.mkdir os.link os.symlink os.chmod os.chown os.truncate os.utime
    os.kill shutil.rmtree shutil.move shutil.copyfile webbrowser.open
    ftplib.connect smtplib.connect telnetlib.Telnet.open poplib.connect imaplib.open nntplib.connect
    http.client.connect sqlite3.connect winreg.CreateKey
"""
_READING = """
    open exec compile import os.listdir os.scandir os.walk os.chdir glob.glob pickle.find_class
    marshal.loads os.putenv os.unsetenv ctypes.dlopen shutil.copytree shutil.unpack_archive builtins.input
"""
REFUSED = frozenset(_REFUSED.split())
WATCHED = REFUSED | frozenset(_READING.split())
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
SHAPES = {
    "command": f"true {MARK}",
    "argv": ["true", MARK],
    "python": f"import {MARK}",
    "pickle": f"c{MARK}\nx\n.".encode(),
    "url": f"http://{MARK}.example/{MARK}",
    "host": f"{MARK}.example",
    "address": (f"{MARK}.example", 9),
    "port": 9,
    "module": MARK,
    "encoded": MARK,
    "name": f"{MARK}.x",
    "data": MARK,
    "mode": "r",
    "args": (),
    "each": [MARK],
    "key": MARK,
}
seen = []


class Probe(BaseException):
    """Thrown in the place of an effect."""


def texts(value, depth=0):
    """All text in an argument of an event, code objects included."""
    if isinstance(value, bytes):
        yield value.decode("latin-1")
    elif isinstance(value, str):
        yield value
    elif hasattr(value, "co_consts") and depth < 4:
        yield from value.co_names
        yield value.co_filename
        for inner in value.co_consts:
            yield from texts(inner, depth + 1)
    elif isinstance(value, (list, tuple, dict)) and depth < 4:
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner, depth + 1)
    elif hasattr(value, "__fspath__"):
        yield str(value)


def hook(event, args):
    """Refuse what acts, whoever does it; and what reads, when it is asked to read what was handed over."""
    if event not in WATCHED:
        return
    if any(MARK in text for value in args for text in texts(value)):
        seen.append(event)
        raise Probe(event)
    writes = event == "open" and (
        (isinstance(args[1], str) and set(args[1]) & set("wax+"))
        or (isinstance(args[2], int) and args[2] & WRITING)
    )
    if event in REFUSED or (writes and args[0] != "/dev/null"):
        raise Probe(event)


def called(*_args, **_kwargs):
    """What stands for a callable."""
    seen.append("call")
    raise Probe("call")


def shape(role, how):
    """An argument of this role, with the mark in it: as the role wants it, as a file or a folder that is
    there, or the mark alone."""
    if role == "callable":
        return called
    if how == "plain" and role not in ("mode", "args"):
        return MARK
    return SHAPES.get(role, f"./{MARK}.d" if how == "folder" else f"./{MARK}")


def attempt(function, roles, how):
    """Call it; parameters without a role get their defaults, or empty text."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    args, kwargs = [], {}
    for place, parameter in enumerate(parameters):
        role = roles.get(parameter.name)
        positional = parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        several = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if role is None and (several or parameter.default is not parameter.empty):
            if positional and any(p.name in roles for p in parameters[place + 1 :]):
                args.append(parameter.default)
            continue
        value = shape(role, how) if role else ""
        if positional or parameter.kind is parameter.VAR_POSITIONAL:
            args.append(value)
        elif parameter.kind is parameter.KEYWORD_ONLY:
            kwargs[parameter.name] = value
    result = function(*args, **kwargs)
    for method in ("__next__", "__enter__"):  # what only runs when somebody goes through it
        if hasattr(type(result), method):
            getattr(result, method)()
            return


def find(name):
    """The object of a dotted name."""
    module, thing = name.rpartition(".")[0], None
    while module and thing is None:
        try:
            thing = importlib.import_module(module)
        except ImportError:
            module = module.rpartition(".")[0]
    for word in name[len(module) + 1 :].split("."):
        thing = getattr(thing, word)
    return thing


def main():
    """One job."""
    job = json.load(sys.stdin)
    pathlib.Path(f"{MARK}.d").mkdir()
    pathlib.Path(MARK).touch()
    for limit, bound in ((resource.RLIMIT_CPU, 20), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (bound, bound))
    sys.dont_write_bytecode = True
    sys.path[:0] = job["paths"]
    sys.addaudithook(hook)
    why = ""
    try:
        thing = find(job["name"])
        for how in ("file", "folder", "plain"):
            try:
                del seen[:]
                attempt(thing, job["roles"], how)
            except BaseException as error:
                why = f"{type(error).__name__}: {error}"
            if seen:
                break
    except BaseException as error:
        why = f"cannot be had: {type(error).__name__}: {error}"
    os.write(1, ("\n" + json.dumps({"seen": seen[:1], "why": why[:200]})).encode())
    os._exit(0)


if __name__ == "__main__":
    main()
