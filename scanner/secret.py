"""Records that hold credentials, and do not show them."""

from typing import ClassVar

from msgspec import Struct


class Discreet(Struct, frozen=True):
    """A record whose representation leaves out the fields that ``SECRET`` names: a traceback, a failed
    assertion or a log line must not give away a token."""

    SECRET: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        shown = (name for name in self.__struct_fields__ if name not in self.SECRET)
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"
