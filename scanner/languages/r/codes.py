"""Numbers of types in R's serialisation. Source: ``src/main/serialize.c`` and ``Rinternals.h``."""

SYMBOL, LIST, CLOSURE, ENVIRONMENT, PROMISE, CALL, SPECIAL, BUILTIN, TEXT = 1, 2, 3, 4, 5, 6, 7, 8, 9
LOGICAL, INTEGER, REAL, COMPLEX, TEXTS = 10, 13, 14, 15, 16
DOTS, VECTOR, EXPRESSIONS, BYTECODE = 17, 19, 20, 21
POINTER, WEAK, BYTES, OBJECT = 22, 23, 24, 25
ALTERNATIVE, LIST_WITH, CALL_WITH, REPEATED, REPETITION = 238, 239, 240, 243, 244
REFERENCE, NAMESPACE, PACKAGE, PERSISTENT = 255, 249, 248, 247
UNBOUND = 252
WORDS = {
    0: "nothing", 254: "nothing", 253: "the workspace", UNBOUND: "no value", 251: "a missing argument",
    250: "the base namespace", 242: "an empty environment", 241: "the base environment",
}  # fmt: skip
MAPPED = ("mmap_integer", "mmap_real")
# What stands among the constants of bytecode in a form of its own.
EXPRESSION = frozenset({CALL, LIST, REPEATED, REPETITION, CALL_WITH, LIST_WITH})
