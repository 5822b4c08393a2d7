"""More ways to hide Python source: decoders, dynamic access, and the protocols of the language.

Source in, source out. ``decoders`` hide what is run, ``runners`` hide that it is run, ``holders`` hide when.
"""

import base64
import bz2
import codecs
import gzip
import json
import lzma
import struct
import zlib
from collections.abc import Callable
from textwrap import indent

Disguise = Callable[[str], str]


def _body(source: str, spaces: int = 4) -> str:
    return indent(source.strip(), " " * spaces)


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"


# What is run is a constant, and has to be worked out.


def reversed_text(source: str) -> str:
    return f"exec({source[::-1]!r}[::-1])\n"


def reversed_join(source: str) -> str:
    return f"exec(''.join(reversed({source[::-1]!r})))\n"


def interleaved(source: str) -> str:
    even, odd = source[::2], source[1::2]
    return _lines(
        f"a, b = {even!r}, {odd!r}", "code = ''", "for i, c in enumerate(a):",
        "    code += c", "    if i < len(b):", "        code += b[i]", "exec(code)",
    )  # fmt: skip


def zipped(source: str) -> str:
    source += "\n" * (len(source) % 2)
    return f"exec(''.join(x + y for x, y in zip({source[::2]!r}, {source[1::2]!r})))\n"


def dictionary(source: str) -> str:
    letters = sorted(set(source))
    table = dict(enumerate(letters))
    return f"t = {table!r}\nexec(''.join(t[n] for n in {[letters.index(c) for c in source]!r}))\n"


def substituted(source: str) -> str:
    letters = "".join(sorted({c for c in source if c.isascii() and c.isalnum()}))
    turned = letters[7:] + letters[:7]
    hidden = source.translate(str.maketrans(letters, turned))
    return f"exec({hidden!r}.translate(str.maketrans({turned!r}, {letters!r})))\n"


def replaced(source: str) -> str:
    return f"exec({source.replace('e', '#1').replace('s', '#2')!r}.replace('#2', 's').replace('#1', 'e'))\n"


def integer(source: str) -> str:
    data = source.encode()
    number = int.from_bytes(data, "big")
    return f"n = {number}\nexec(n.to_bytes({len(data)}, 'big').decode())\n"


def integer_shifts(source: str) -> str:
    number = int.from_bytes(source.encode(), "little")
    return _lines(
        f"n = {hex(number)}", "out = ''", "while n:", "    out += chr(n & 255)", "    n >>= 8", "exec(out)"
    )


def reduced(source: str) -> str:
    numbers = [ord(c) for c in source]
    return _lines("from functools import reduce", f"exec(reduce(lambda a, n: a + chr(n), {numbers!r}, ''))")


def generator(source: str) -> str:
    return _lines(
        "def letters(data, key):", "    for n in data:", "        yield chr(n ^ key)", "",
        f"exec(''.join(letters({[ord(c) ^ 21 for c in source]!r}, 21)))",
    )  # fmt: skip


def generator_pipeline(source: str) -> str:
    return _lines(
        "def numbers(text):", "    for word in text.split('-'):", "        yield int(word, 16)",
        "def letters(stream):", "    for n in stream:", "        yield chr(n)",
        f"exec(''.join(letters(numbers({'-'.join(f'{ord(c):x}' for c in source)!r}))))",
    )  # fmt: skip


def packed(source: str) -> str:
    data = source.encode()
    data += b"\n" * (-len(data) % 4)
    words = struct.unpack(f"<{len(data) // 4}I", data)
    return _lines("import struct", f"w = {words!r}", "exec(struct.pack('<%dI' % len(w), *w).decode())")


def unpacked(source: str) -> str:
    data = source.encode()
    return _lines("import struct", f"exec(struct.unpack('{len(data)}s', {data!r})[0])")


def template(source: str) -> str:
    half = len(source) // 2
    first, second = source[:half].replace("$", "$$"), source[half:].replace("$", "$$")
    return _lines(
        "from string import Template", f"a = Template({first + '$rest'!r})",
        f"exec(a.substitute(rest=Template({second!r}).substitute()))",
    )  # fmt: skip


def from_json(source: str) -> str:
    return _lines("import json", f"exec(json.loads({json.dumps({'a': {'b': [source]}})!r})['a']['b'][0])")


def percent(source: str) -> str:
    third = len(source) // 3
    parts = source[:third], source[third : 2 * third], source[2 * third :]
    return f"exec('%s%s%s' % {parts!r})\n"


def formatted(source: str) -> str:
    half = len(source) // 2
    return f"exec('{{1}}{{0}}'.format({source[half:]!r}, {source[:half]!r}))\n"


def fstring(source: str) -> str:
    half = len(source) // 2
    return f"a = {source[:half]!r}\nb = {source[half:]!r}\nexec(f'{{a}}{{b}}')\n"


def added(source: str) -> str:
    pieces = [source[i : i + 40] for i in range(0, len(source), 40)]
    return "code = ''\n" + "".join(f"code += {piece!r}\n" for piece in pieces) + "exec(code)\n"


def appended(source: str) -> str:
    pieces = [source[i : i + 40] for i in range(0, len(source), 40)]
    lines = [f"parts.append({piece!r})" for piece in pieces]
    return _lines("parts = []", *lines, "exec(str().join(parts))")


def base32_gzip(source: str) -> str:
    data = base64.b32encode(gzip.compress(source.encode(), mtime=0)).decode()
    return _lines("import base64, gzip", f"exec(gzip.decompress(base64.b32decode({data!r})))")


def base85_lzma(source: str) -> str:
    data = base64.b85encode(lzma.compress(source.encode()))
    return _lines(
        "from base64 import b85decode as d",
        "import lzma as z",
        f"exec(z.decompress(d({data!r})).decode('utf-8'))",
    )


def ascii85_bz2(source: str) -> str:
    data = base64.a85encode(bz2.compress(source.encode()))
    return _lines("import base64, bz2", f"exec(bz2.BZ2Decompressor().decompress(base64.a85decode({data!r})))")


def zlib_object(source: str) -> str:
    data = zlib.compress(source.encode())
    return _lines("import zlib", "d = zlib.decompressobj()", f"exec(d.decompress({data!r}) + d.flush())")


def gzip_file(source: str) -> str:
    data = gzip.compress(source.encode(), mtime=0)
    return _lines("import gzip, io", f"exec(gzip.GzipFile(fileobj=io.BytesIO({data!r})).read())")


def codec_chain(source: str) -> str:
    data = codecs.encode(codecs.encode(source.encode(), "zlib"), "hex").decode()
    return _lines("import codecs", f"exec(codecs.decode(codecs.decode({data!r}, 'hex'), 'zlib'))")


def string_io(source: str) -> str:
    return _lines("import io", f"exec(io.StringIO({source!r}).read())")


def memory(source: str) -> str:
    return f"exec(bytes(memoryview(bytearray({source.encode()!r}))))\n"


def walrus(source: str) -> str:
    return f"(code := {source[::-1]!r}) and exec(code[::-1])\n"


def xor_while(source: str) -> str:
    return _lines(
        f"data = {[ord(c) ^ (i % 7 + 3) for i, c in enumerate(source)]!r}", "i = 0", "out = []",
        "while i < len(data):", "    out.append(chr(data[i] ^ (i % 7 + 3)))", "    i += 1", "exec(''.join(out))",
    )  # fmt: skip


def xor_cycle(source: str) -> str:
    key = b"k3y"
    data = bytes(b ^ key[i % 3] for i, b in enumerate(source.encode()))
    return _lines(
        "from itertools import cycle", f"exec(bytes(a ^ b for a, b in zip({data!r}, cycle({key!r}))).decode())",
    )  # fmt: skip


def keyed_class(source: str) -> str:
    data = [ord(c) + 5 for c in source]
    return _lines(
        "class Box:", "    def __init__(self, data, shift):", "        self.data, self.shift = data, shift",
        "    def __str__(self):", "        return ''.join(chr(n - self.shift) for n in self.data)",
        f"exec(str(Box({data!r}, 5)))",
    )  # fmt: skip


def recursion(source: str) -> str:
    return _lines(
        "def peel(text, times):", "    return text if times == 0 else peel(text[::-1], times - 1)",
        f"exec(peel({source[::-1]!r}, 3))",
    )  # fmt: skip


DECODERS: tuple[Disguise, ...] = (
    reversed_text, reversed_join, interleaved, zipped, dictionary, substituted, replaced, integer,
    integer_shifts, reduced, generator, generator_pipeline, packed, unpacked, template, from_json, percent,
    formatted, fstring, added, appended, base32_gzip, base85_lzma, ascii85_bz2, zlib_object, gzip_file,
    codec_chain, string_io, memory, walrus, xor_while, xor_cycle, keyed_class, recursion,
)  # fmt: skip


# That it is run takes some looking.


def _runner(name: str, *lines: str) -> Disguise:
    """``{}`` stands for the literal."""

    def disguise(source: str) -> str:
        return _lines(*lines).replace("{}", repr(source))

    disguise.__name__ = name
    return disguise


RUNNERS: tuple[Disguise, ...] = (
    _runner("vars_builtins", "vars(__builtins__)['exec']({})"),
    _runner("dict_builtins", "import builtins", "builtins.__dict__['ex' + 'ec']({})"),
    _runner("sys_modules", "import sys", "sys.modules['builtins'].exec({})"),
    _runner("globals_table", "globals()['run'] = exec", "run({})"),
    _runner("locals_table", "e = exec", "locals()['e']({})"),
    _runner("own_attribute", "class A: pass", "a = A()", "setattr(a, 'x', eval)", "a.x('exec(' + repr({}) + ')')"),
    _runner("operator_call", "import operator", "operator.methodcaller('exec', {})(__import__('builtins'))"),
    _runner("attrgetter", "from operator import attrgetter as g", "g('exec')(__import__('builtins'))({})"),
    _runner("partial", "from functools import partial", "partial(exec, {})()"),
    _runner("map_list", "list(map(exec, [{}]))"),
    _runner("filter", "list(filter(exec, ({},)))"),
    _runner("sorted_key", "sorted([{}], key=exec)"),
    _runner("max_key", "max([{}, 'pass'], key=exec)"),
    _runner("reduce", "import functools", "functools.reduce(lambda _, c: exec(c), [{}], None)"),
    _runner("any", "any(exec(c) for c in [{}])"),
    _runner("star_args", "f, *a = [exec, {}]", "f(*a)"),
    _runner("star_kwargs", "def go(**k):", "    k['f'](k['c'])", "go(**{'f': exec, 'c': {}})"),
    _runner("star_through", "def go(*a, **k):", "    return inner(*a, **k)", "def inner(f, c, /, *, n=0):",
            "    f(c)", "go(exec, {}, n=1)"),
    _runner("default_argument", "def go(c={}, f=exec):", "    f(c)", "go()"),
    _runner("default_evaluated", "def go(x=exec({})):", "    pass"),
    _runner("dispatch_table", "table = {'a': print, 'b': exec}", "for k in ('b',):", "    table[k]({})"),
    _runner("lambda_chain", "(lambda f: lambda x: f(x))(exec)({})"),
    _runner("closure", "def outer(c):", "    def inner():", "        exec(c)", "    return inner", "outer({})()"),
    _runner("nonlocal_", "def outer():", "    c = ''", "    def fill():", "        nonlocal c", "        c = {}",
            "    fill()", "    exec(c)", "outer()"),
    _runner("global_", "c = None", "def fill():", "    global c", "    c = {}", "fill()", "exec(c)"),
    _runner("rebound", "class tools: run = print", "tools.run = exec", "tools.run({})"),
    _runner("type_class", "T = type('T', (), {'go': lambda self, c: exec(c)})", "T().go({})"),
    _runner("metaclass", "class M(type):", "    def __new__(m, n, b, d):", "        exec(d['c'])",
            "        return type.__new__(m, n, b, d)", "class A(metaclass=M):", "    c = {}"),
    _runner("metaclass_init", "class M(type):", "    def __init__(cls, n, b, d):", "        exec(cls.c)",
            "class A(metaclass=M):", "    c = {}"),
    _runner("metaclass_call", "class M(type):", "    def __call__(cls, c):", "        exec(c)",
            "class A(metaclass=M): pass", "A({})"),
    _runner("init_subclass", "class A:", "    def __init_subclass__(cls, **k):", "        exec(k['c'])",
            "class B(A, c={}): pass"),
    _runner("set_name", "class D:", "    def __set_name__(self, owner, name):", "        exec({})",
            "class A:", "    d = D()"),
    _runner("class_getitem", "class A:", "    def __class_getitem__(cls, c):", "        exec(c)", "A[{}]"),
    _runner("getitem", "class A:", "    def __getitem__(self, c):", "        exec(c)", "A()[{}]"),
    _runner("getattr_", "class A:", "    def __getattr__(self, n):", "        return exec", "A().anything({})"),
    _runner("property_", "class A:", "    @property", "    def x(self):", "        exec({})", "A().x"),
    _runner("descriptor", "class D:", "    def __get__(self, o, t):", "        return exec", "class A:",
            "    d = D()", "A().d({})"),
    _runner("call_", "class A:", "    def __call__(self, c):", "        exec(c)", "A()({})"),
    _runner("add_", "class A:", "    def __add__(self, c):", "        exec(c)", "A() + {}"),
    _runner("or_", "class A:", "    def __ror__(self, c):", "        exec(c)", "{} | A()"),
    _runner("eq_", "class A:", "    def __eq__(self, c):", "        exec(c)", "A() == {}"),
    _runner("contains_", "class A:", "    def __contains__(self, c):", "        exec(c)", "{} in A()"),
    _runner("bool_", "class A:", "    def __bool__(self):", "        exec({})", "if A(): pass"),
    _runner("len_", "class A:", "    def __len__(self):", "        exec({})", "        return 0", "len(A())"),
    _runner("str_", "class A:", "    def __str__(self):", "        exec({})", "        return ''", "print(A())"),
    _runner("format_", "class A:", "    def __format__(self, spec):", "        exec({})", "        return ''",
            "f'{A()}'"),
    _runner("iter_", "class A:", "    def __iter__(self):", "        exec({})", "        return iter(())",
            "for _ in A(): pass"),
    _runner("next_", "class A:", "    def __iter__(self):", "        return self", "    def __next__(self):",
            "        exec({})", "        raise StopIteration", "list(A())"),
    _runner("del_", "class A:", "    def __del__(self):", "        exec({})", "A()"),
    _runner("setattr_", "class A:", "    def __setattr__(self, n, c):", "        exec(c)", "A().x = {}"),
    _runner("setitem_", "class A:", "    def __setitem__(self, n, c):", "        exec(c)", "A()[0] = {}"),
    _runner("hash_", "class A:", "    def __hash__(self):", "        exec({})", "        return 1", "{A(): 1}"),
    _runner("enter", "class A:", "    def __enter__(self):", "        exec({})",
            "    def __exit__(self, *a): pass", "with A(): pass"),
    _runner("exit_", "class A:", "    def __enter__(self): return self", "    def __exit__(self, *a):",
            "        exec({})", "with A(): pass"),
    _runner("contextmanager_", "import contextlib", "@contextlib.contextmanager", "def go():", "    exec({})",
            "    yield", "with go(): pass"),
    _runner("exit_stack", "import contextlib", "with contextlib.ExitStack() as s:", "    s.callback(exec, {})"),
    _runner("inherited", "class A:", "    def go(self): exec(self.c)", "class B(A):", "    c = {}", "B().go()"),
    _runner("super_", "class A:", "    def __init__(self, c): exec(c)", "class B(A):",
            "    def __init__(self, c): super().__init__(c)", "B({})"),
    _runner("classmethod_", "class A:", "    c = {}", "    @classmethod", "    def go(cls): exec(cls.c)", "A.go()"),
    _runner("staticmethod_", "class A:", "    @staticmethod", "    def go(c): exec(c)", "A.go({})"),
    _runner("unbound", "class A:", "    def go(self, c): exec(c)", "A.go(None, {})"),
    _runner("decorator_args", "def d(c):", "    def w(f):", "        exec(c)", "        return f", "    return w",
            "@d({})", "def go(): pass"),
    _runner("decorator_class", "class D:", "    def __init__(self, f): self.f = f",
            "    def __call__(self, *a): return self.f(*a)", "@D", "def go(c): exec(c)", "go({})"),
    _runner("wrapped", "import functools", "def d(f):", "    @functools.wraps(f)", "    def w(*a, **k):",
            "        return f(*a, **k)", "    return w", "@d", "def go(c): exec(c)", "go({})"),
    _runner("lru_cache", "import functools", "@functools.lru_cache(None)", "def go(c): exec(c)", "go({})"),
    _runner("class_decorator", "def d(cls):", "    cls().go({})", "    return cls", "@d", "class A:",
            "    def go(self, c): exec(c)"),
    _runner("dataclass_factory", "from dataclasses import dataclass, field", "@dataclass", "class A:",
            "    x: object = field(default_factory=lambda: exec({}))", "A()"),
    _runner("post_init", "from dataclasses import dataclass", "@dataclass", "class A:", "    c: str",
            "    def __post_init__(self): exec(self.c)", "A({})"),
    _runner("namedtuple_", "from collections import namedtuple", "N = namedtuple('N', 'f c')", "n = N(exec, {})",
            "n.f(n.c)"),
    _runner("namespace", "from types import SimpleNamespace as S", "s = S(f=exec, c={})", "s.f(s.c)"),
    _runner("function_attribute", "def f(): exec(f.c)", "f.c = {}", "f()"),
    _runner("generator_next", "def g():", "    exec({})", "    yield", "next(g())"),
    _runner("yield_from", "def g(): yield {}", "def h(): yield from g()", "for c in h(): exec(c)"),
    _runner("exception_value", "try:", "    raise ValueError({})", "except ValueError as e:", "    exec(e.args[0])"),
    _runner("exception_handler", "try:", "    1 / 0", "except ZeroDivisionError:", "    exec({})"),
    _runner("own_exception", "class E(Exception):", "    def __init__(self, c): self.c = c", "try:",
            "    raise E({})", "except E as e:", "    exec(e.c)"),
    _runner("finally_", "def go():", "    try:", "        return 1", "    finally:", "        exec({})", "go()"),
    _runner("while_else", "while False: pass", "else: exec({})"),
    _runner("for_else", "for _ in (): pass", "else: exec({})"),
    _runner("match_capture", "match {'run': {}}:", "    case {'run': c}:", "        exec(c)"),
    _runner("match_class", "class P:", "    __match_args__ = ('c',)", "    def __init__(self, c): self.c = c",
            "match P({}):", "    case P(c):", "        exec(c)"),
    _runner("asyncio_run", "import asyncio", "async def go(): exec({})", "asyncio.run(go())"),
    _runner("asyncio_loop", "import asyncio", "async def go(c): exec(c)",
            "asyncio.get_event_loop().run_until_complete(go({}))"),
    _runner("asyncio_gather", "import asyncio", "async def go(c): exec(c)", "async def main():",
            "    await asyncio.gather(go({}))", "asyncio.run(main())"),
    _runner("asyncio_for", "import asyncio", "async def g(): yield {}", "async def main():",
            "    async for c in g(): exec(c)", "asyncio.run(main())"),
    _runner("thread_subclass", "import threading", "class T(threading.Thread):", "    def run(self): exec({})",
            "T().start()"),
    _runner("timer", "import threading", "threading.Timer(1, exec, [{}]).start()"),
    _runner("executor", "from concurrent.futures import ThreadPoolExecutor as P", "P().submit(exec, {})"),
    _runner("executor_map", "from concurrent.futures import ThreadPoolExecutor as P", "with P(2) as p:",
            "    p.map(exec, [{}])"),
    _runner("process", "import multiprocessing as m", "m.Process(target=exec, args=({},)).start()"),
    _runner("pool", "from multiprocessing import Pool", "with Pool(1) as p:", "    p.apply_async(exec, ({},))"),
    _runner("atexit_", "import atexit", "atexit.register(exec, {})"),
    _runner("atexit_decorator", "import atexit", "@atexit.register", "def go(): exec({})"),
    _runner("signal_", "import signal", "def go(*a): exec({})", "signal.signal(signal.SIGALRM, go)",
            "signal.alarm(1)"),
    _runner("weakref_", "import weakref", "class A: pass", "a = A()", "weakref.finalize(a, exec, {})"),
    _runner("weakref_callback", "import weakref", "class A: pass", "a = A()", "r = weakref.ref(a, lambda _: exec({}))"),
    _runner("settrace", "import sys", "sys.settrace(lambda *a: exec({}))"),
    _runner("excepthook", "import sys", "sys.excepthook = lambda *a: exec({})", "1 / 0"),
    _runner("audit", "import sys", "sys.addaudithook(lambda *a: exec({}))"),
    _runner("sched_", "import sched", "s = sched.scheduler()", "s.enter(1, 1, exec, ({},))", "s.run()"),
    _runner("import_hook", "import sys", "class F:", "    def find_spec(self, *a): exec({})",
            "sys.meta_path.insert(0, F())"),
    _runner("path_hook", "import sys", "sys.path_hooks.append(lambda p: exec({}))"),
    _runner("module_type", "import types", "m = types.ModuleType('m')", "exec({}, m.__dict__)"),
    _runner("function_type", "import types", "f = types.FunctionType(compile({}, '', 'exec'), dict())", "f()"),
    _runner("code_replace", "def f(): pass", "f.__code__ = compile({}, '', 'exec')", "f()"),
    _runner("exec_defines", "exec('def go(c): exec(c)')", "go({})"),
    _runner("exec_in_dict", "d = {}_".replace("{}_", "dict()"), "exec('def go(c): exec(c)', d)", "d['go']({})"),
    _runner("eval_lambda", "eval('lambda c: exec(c)')({})"),
    _runner("eval_chain", "eval(compile('exec(x)', '', 'eval'), dict(x={}))"),
    _runner("runsource", "import code", "code.InteractiveInterpreter().runsource({}, symbol='exec')"),
    _runner("timeit_", "import timeit", "timeit.timeit({}, number=1)"),
    _runner("subprocess_python", "import subprocess, sys", "subprocess.Popen([sys.executable, '-c', {}])"),
    _runner("os_python", "import os, shlex", "os.system('python3 -c ' + shlex.quote({}))"),
    _runner("written_and_run", "import runpy", "open('/tmp/x.py', 'w').write({})", "runpy.run_path('/tmp/x.py')"),
    _runner("written_and_imported", "import sys, importlib", "with open('/tmp/zz.py', 'w') as f: f.write({})",
            "sys.path.insert(0, '/tmp')", "importlib.import_module('zz')"),
    _runner("written_and_started", "import os", "with open('/tmp/z.py', 'w') as f:", "    f.write({})",
            "os.system('python3 /tmp/z.py')"),
    _runner("pathlib_written", "import subprocess, sys, pathlib", "p = pathlib.Path('/tmp/z.py')",
            "p.write_text({})", "subprocess.run([sys.executable, str(p)])"),
    _runner("tempfile_written", "import subprocess, sys, tempfile",
            "with tempfile.NamedTemporaryFile('w', suffix='.py', delete=False) as f:", "    f.write({})",
            "subprocess.run([sys.executable, f.name])"),
    _runner("getattribute", "import builtins", "object.__getattribute__(builtins, 'exec')({})"),
    _runner("subclasses", "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'x']",
            "print.__self__.exec({})"),
    _runner("frame_globals", "import sys", "sys._getframe().f_builtins['exec']({})"),
    _runner("function_globals", "def f(): pass", "f.__globals__['__builtins__'].exec({})"),
    _runner("conditional_expression", "(print if not True else exec)({})"),
    _runner("short_circuit", "True and exec({}) or None"),
    _runner("slice_assign", "a = [print, print]", "a[1:] = [exec]", "a[-1]({})"),
    _runner("list_pop", "a = [exec]", "a.pop()({})"),
    _runner("dict_get", "{'x': exec}.get('x', print)({})"),
    _runner("dict_update", "d = {}_".replace("{}_", "dict()"), "d.update(x=exec)", "d['x']({})"),
    _runner("dict_items", "for f, c in {exec: {}}.items(): f(c)"),
    _runner("nested_unpack", "(a, (b, *c)), d = (1, (exec, {})), 2", "b(*c)"),
    _runner("chained_assign", "a = b = exec", "b({})"),
    _runner("queue_", "import queue", "q = queue.Queue()", "q.put({})", "exec(q.get())"),
    _runner("deque_", "from collections import deque", "d = deque()", "d.append({})", "exec(d.popleft())"),
    _runner("environment", "import os", "os.environ['X'] = {}", "exec(os.environ['X'])"),
    _runner("contextvar", "from contextvars import ContextVar", "v = ContextVar('v')", "v.set({})", "exec(v.get())"),
    _runner("singledispatch_", "import functools", "@functools.singledispatch", "def go(c): exec(c)", "go({})"),
    _runner("warnings_", "import warnings", "warnings.showwarning = lambda *a: exec({})", "warnings.warn('x')"),
    _runner("logging_filter", "import logging", "class F(logging.Filter):", "    def filter(self, r): exec({})",
            "logging.getLogger().addFilter(F())"),
    _runner("json_hook", "import json", "json.loads('{}_', object_hook=lambda d: exec({}))".replace("{}_", "[]")),
    _runner("re_sub", "import re", "re.sub('x', lambda m: exec({}), 'x')"),
    _runner("defaultdict_", "from collections import defaultdict", "d = defaultdict(lambda: exec({}))", "d['x']"),
    _runner("enum_", "import enum", "class E(enum.Enum):", "    A = 1", "    @classmethod",
            "    def _missing_(cls, v): exec({})", "E(2)"),
    _runner("reduce_protocol", "import pickle", "class A:", "    def __reduce__(self): return exec, ({},)",
            "pickle.loads(pickle.dumps(A()))"),
    _runner("copy_", "import copy", "class A:", "    def __deepcopy__(self, m): exec({})", "copy.deepcopy(A())"),
    _runner("torch_hook", "import torch", "m = torch.nn.Linear(1, 1)",
            "m.register_forward_hook(lambda *a: exec({}))"),
    _runner("datasets_map", "import datasets", "d = datasets.Dataset.from_dict({'a': [1]})",
            "d.map(lambda r: exec({}))"),
    _runner("pandas_apply", "import pandas as pd", "pd.Series([{}]).apply(exec)"),
    _runner("numpy_vectorize", "import numpy as np", "np.vectorize(exec)([{}])"),
)  # fmt: skip


# When it is run is for the language to say.


def in_builder_config(source: str) -> str:
    return (
        "import datasets\nclass C(datasets.BuilderConfig):\n    def __init__(self, **k):\n"
        f"{_body(source, 8)}\n        super().__init__(**k)\nclass B(datasets.GeneratorBasedBuilder):\n"
        "    BUILDER_CONFIGS = [C(name='x')]\n"
    )


def in_remote_class(source: str) -> str:
    return (
        "from transformers import PreTrainedModel\nclass M(PreTrainedModel):\n"
        f"    def __init__(self, config):\n        super().__init__(config)\n{_body(source, 8)}\n"
    )


def in_setstate(source: str) -> str:
    return f"class Vocabulary:\n    def __setstate__(self, state):\n{_body(source, 8)}\n"


def in_nested_function(source: str) -> str:
    return f"def a():\n    def b():\n        def c():\n{_body(source, 12)}\n        c()\n    b()\na()\n"


def in_finally(source: str) -> str:
    return f"try:\n    import torch\nfinally:\n{_body(source)}\n"


def in_else(source: str) -> str:
    return f"import os\nif os.path.exists('/nope'):\n    pass\nelse:\n{_body(source)}\n"


def in_with(source: str) -> str:
    return f"import contextlib\nwith contextlib.suppress(Exception):\n{_body(source)}\n"


def in_async(source: str) -> str:
    return f"import asyncio\nasync def main():\n{_body(source)}\nasyncio.run(main())\n"


def in_class(source: str) -> str:
    return f"class Setup:\n{_body(source)}\n"


def in_method(source: str) -> str:
    return f"class Setup:\n    def run(self):\n{_body(source, 8)}\nSetup().run()\n"


def in_callback(source: str) -> str:
    return f"def ready(*a):\n{_body(source)}\nsorted([1], key=ready)\n"


def in_module_getattr(source: str) -> str:
    return f"def __getattr__(name):\n{_body(source)}\n"


HOLDERS: tuple[Disguise, ...] = (
    in_builder_config, in_remote_class, in_setstate, in_nested_function, in_finally, in_else, in_with,
    in_async, in_class, in_method, in_callback, in_module_getattr,
)  # fmt: skip

INDIRECTIONS: dict[str, Disguise] = {
    f.__name__.strip("_").replace("_", " "): f for f in (*DECODERS, *RUNNERS, *HOLDERS)
}
