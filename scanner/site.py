"""Where something is, when it runs, and how one gets there."""

from enum import StrEnum

from msgspec import Struct


class Trigger(StrEnum):
    """The moment at which a piece of code runs, from the most to the least immediate."""

    LOAD = "load"  # deserialising the checkpoint, or loading the dataset
    IMPORT = "import"  # importing the module
    RENDER = "render"  # rendering the template
    USE = "use"  # calling the model, or asking its server
    CALL = "call"  # only when somebody calls it
    NEVER = "never"  # not by any loader, e.g. under ``if __name__ == "__main__"``

    @property
    def immediate(self) -> bool:
        """Whether a user who loads the artifact, and then uses it as such, runs this code."""
        return self in (Trigger.LOAD, Trigger.IMPORT, Trigger.RENDER, Trigger.USE)


class Site(Struct, frozen=True, order=True):
    """A place inside an artifact.

    ``trail`` is the way in, outermost first: ``("model.pt", "archive/data.pkl")``. Exactly one of
    ``offset`` (bytes from the start of the innermost part) and ``line`` (1-based) may be set.
    """

    trail: tuple[str, ...]
    offset: int | None = None
    line: int | None = None

    @property
    def path(self) -> str:
        """The top-level file."""
        return self.trail[0]

    def at(self, *, offset: int | None = None, line: int | None = None) -> "Site":
        """The same part at another position."""
        return Site(self.trail, offset, line)

    def __str__(self) -> str:
        trail = "!".join(self.trail)
        if self.line is not None:
            return f"{trail}:{self.line}"
        return trail if self.offset is None else f"{trail} @ {self.offset}"


class Step(Struct, frozen=True):
    """One hop that a person can follow from where data or code comes from to what it does."""

    site: Site
    text: str
