"""Would a loader do anything with these bytes? A linear walk over pickle opcodes, without executing.

The walk keeps the kind of every stack item, the marks and the memo keys, and stops where CPython's C
unpickler would stop: unknown opcode, stack underflow, an argument that does not parse. Where loaders
differ, the walk goes on. Source: ``Modules/_pickle.c`` and ``Lib/pickle.py`` of CPython 3.11-3.13.
"""

from scanner.blob import Window
from scanner.errors import OverBudget
from scanner.formats._opstate import Stop, Tape, Walk
from scanner.formats._opsteps import STEPS

OPERATIONS = 100_000  # a stream that is still sound after so many operations is a pickle


def is_pickle(window: Window, head: bytes = b"") -> bool:
    """Whether a loader that is given ``window`` would look something up and act on it, or would at
    least find a well-formed pickle. Reads 8 KiB at a time and as little as possible; ``head`` is the
    start of it if that has been read already."""
    walk = Walk(Tape(window, chunk=head))
    try:
        while walk.operations < OPERATIONS:
            byte = walk.tape.peek(1)
            if not byte:
                return walk.stopped
            walk.tape.position += 1
            if walk.stopped and byte in b"\r\n":
                continue
            opcode = byte[0]
            walk.stopped = False
            walk.operations += 1
            walk.sorts.add(opcode)
            operation = STEPS.get(opcode)
            if operation is None:
                return False
            operation(walk, opcode)
            if walk.convinced():
                return True
    except Stop:
        return False
    except OverBudget:
        return True  # undecided: the machine will run into the same limit, and say so
    return True
