"""Ways to hide Python source from a reader, as published samples do. Source in, source out."""

import base64
import codecs
import textwrap
import zlib
from collections.abc import Callable


def _indented(source: str, spaces: int) -> str:
    return textwrap.indent(source.strip(), " " * spaces)


def builder_method(method: str, parameters: str = "self") -> Callable[[str], str]:
    """The source as the body of a method of a dataset builder."""

    def disguise(source: str) -> str:
        return (
            "import datasets\n\nclass Corpus(datasets.GeneratorBasedBuilder):\n"
            f"    def {method}({parameters}):\n{_indented(source, 8)}\n"
        )

    return disguise


def in_function(source: str) -> str:
    """A helper that the top level calls."""
    return f"def setup():\n{_indented(source, 4)}\n\nsetup()\n"


def in_lambda(source: str) -> str:
    return f"(lambda code: exec(code, {{}}))({source!r})\n"


def in_decorator(source: str) -> str:
    return f"def register(f):\n{_indented(source, 4)}\n    return f\n\n@register\ndef load():\n    pass\n"


def in_class_body(source: str) -> str:
    return f"def setup():\n{_indented(source, 4)}\n\nclass Config:\n    ready = setup()\n"


def in_comprehension(source: str) -> str:
    return f"[exec(code) for code in [{source!r}]]\n"


def in_try(source: str) -> str:
    return f"try:\n{_indented(source, 4)}\nexcept Exception:\n    pass\n"


def exec_constant(source: str) -> str:
    return f"CODE = {source!r}\nexec(CODE)\n"


def eval_of_exec(source: str) -> str:
    return f"eval({f'exec({source!r}) or dict()'!r})\n"


def compiled(source: str) -> str:
    return f"code = compile({source!r}, '<string>', 'exec')\nexec(code, globals())\n"


def by_getattr(source: str) -> str:
    return f"run = getattr(__import__('built' + 'ins'), 'cexe'[::-1])\nrun({source!r})\n"


def by_builtins_table(source: str) -> str:
    return f"table = globals()['__built' + 'ins__']\nrun = vars(table)['ex' + 'ec']\nrun({source!r})\n"


def joined(source: str) -> str:
    pieces = [source[i : i + 7] for i in range(0, len(source), 7)]
    return f"parts = {pieces!r}\nexec(''.join(parts))\n"


def from_characters(source: str) -> str:
    return f"exec(''.join(map(chr, {[ord(c) for c in source]!r})))\n"


def from_base64(source: str) -> str:
    return f"import base64\nexec(base64.b64decode({base64.b64encode(source.encode())!r}))\n"


def from_layers(source: str) -> str:
    packed = base64.b64encode(zlib.compress(source.encode()))
    unpack = "_ = lambda s: __import__('zlib').decompress(__import__('base64').b64decode(s))"
    return f"{unpack}\nexec((_)({packed!r}))\n"


def from_hexadecimal(source: str) -> str:
    return f"exec(bytes.fromhex({source.encode().hex()!r}).decode())\n"


def from_rot13(source: str) -> str:
    return f"import codecs\nexec(codecs.decode({codecs.encode(source, 'rot13')!r}, 'rot_13'))\n"


def from_xor(source: str) -> str:
    data = [b ^ 0x5A for b in source.encode()]
    return f"data = {data!r}\nexec(bytes(b ^ 0x5A for b in data))\n"


def from_xor_key(source: str) -> str:
    key = b"swordfish"
    data = bytes(b ^ key[i % len(key)] for i, b in enumerate(source.encode()))
    return (
        f"key = {key!r}\ndef reveal(data):\n    out = []\n    for i, b in enumerate(data):\n"
        f"        out.append(chr(b ^ key[i % len(key)]))\n    return ''.join(out)\n\nexec(reveal({data!r}))\n"
    )


def nested_stages(source: str) -> str:
    for _ in range(3):
        source = from_base64(source)
    return source


def in_thread(source: str) -> str:
    return f"import threading\ndef work():\n{_indented(source, 4)}\n\nthreading.Thread(target=work).start()\n"


DISGUISES: dict[str, Callable[[str], str]] = {
    "top level": str,
    "_info": builder_method("_info"),
    "_split_generators": builder_method("_split_generators", "self, dl_manager"),
    "_generate_examples": builder_method("_generate_examples", "self, filepath"),
    "__init__": builder_method("__init__", "self, *args, **kwargs"),
    **{
        f.__name__.replace("_", " "): f
        for f in (
            in_function, in_lambda, in_decorator, in_class_body, in_comprehension, in_try, in_thread,
            exec_constant, eval_of_exec, compiled, by_getattr, by_builtins_table, joined, from_characters,
            from_base64, from_layers, from_hexadecimal, from_rot13, from_xor, from_xor_key, nested_stages,
        )
    },
}  # fmt: skip
