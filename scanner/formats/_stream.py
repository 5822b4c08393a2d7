"""One pickle stream, walked without executing it: where it ends, and what it refers to."""

import re

from msgspec import Struct, field

from scanner.formats._opstate import Stop, Walk
from scanner.formats._opsteps import STEPS
from scanner.knowledge.tables import knowledge

OPERATIONS = 100_000  # that are followed
PAIR = re.compile(rb"([^\n]{1,255})\n([^\n]{1,255})\n")
LOOKUPS, STACK_GLOBAL, MEMOIZE = b"ci", 0x93, 0x94
LENGTHS = {0x8C: 1, ord("X"): 4, ord("U"): 1, ord("T"): 4}  # opcodes of texts: bytes of the length
PUTS, GETS = {ord("q"): 1, ord("r"): 4}, {ord("h"): 1, ord("j"): 4}
CALLS = b"Roi\x81\x92"
SHORT = 256  # bytes that are no longer a part of a name


class Stream(Struct):
    """A walk up to the end of the stream or its break. ``names`` are the globals it refers to; ``live``
    says that one of them is not known to be inert, or not clear."""

    walk: Walk
    live: bool = False
    called: bool = False
    names: list[str] = field(default_factory=list)
    texts: list[bytes | None] = field(default_factory=list)  # pushed so far, None for anything unclear
    memo: dict[int, bytes | None] = field(default_factory=dict)

    @property
    def convincing(self) -> bool:
        """Whether something that was looked up is acted on, in a way that words of a list are not."""
        marked = self.called or self.walk.stopped or self.walk.protocol is not None
        return self.walk.acted and marked

    def follow(self, idle: int = OPERATIONS) -> None:
        """Walk on; no further than ``idle`` operations if nothing was looked up until then."""
        walk = self.walk
        try:
            while walk.operations < OPERATIONS and not walk.stopped and (byte := walk.tape.peek(1)):
                if walk.operations > idle and not walk.looked_up:
                    return
                step = STEPS.get(byte[0])
                if step is None:
                    return
                walk.tape.position += 1
                walk.operations += 1
                self._note(byte[0])
                step(walk, byte[0])
                self.called = self.called or byte[0] in CALLS
        except Stop:
            pass

    def _note(self, opcode: int) -> None:
        """What the operation says about names; its argument is next on the tape."""
        ahead = self.walk.tape.peek(2 * SHORT)
        if opcode in LENGTHS:
            width = LENGTHS[opcode]
            length = int.from_bytes(ahead[:width], "little")
            self.texts.append(ahead[width : width + length] if length < SHORT else None)
        elif opcode in LOOKUPS:
            pair = PAIR.match(ahead)
            self._look_up(*pair.groups() if pair else (None, None))
        elif opcode == STACK_GLOBAL:
            self._look_up(*self.texts[-2:] if len(self.texts) > 1 else (None, None))
        elif opcode == MEMOIZE or opcode in PUTS:
            key = int.from_bytes(ahead[: PUTS.get(opcode, 0)], "little")
            self.memo[len(self.walk.memo) if opcode == MEMOIZE else key] = (
                self.texts[-1] if self.texts else None
            )
        elif opcode in GETS:
            self.texts.append(self.memo.get(int.from_bytes(ahead[: GETS[opcode]], "little")))

    def _look_up(self, module: bytes | None, name: bytes | None) -> None:
        self.texts.append(None)
        if module is None or name is None:
            self.live = True
            return
        dotted = f"{module.decode('utf-8', 'replace')}.{name.decode('utf-8', 'replace')}"
        self.names.append(dotted)
        self.live = self.live or not knowledge().vouched(dotted)
