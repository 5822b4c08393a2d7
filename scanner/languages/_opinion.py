"""What a reader that is not ours makes of a piece of code."""

from msgspec import Struct


class Opinion(Struct, frozen=True):
    """About the bytes ``start`` to ``stop`` of a fragment: the ``program`` as people read it, and the
    ``doubt``, in what that reader disagrees with ours."""

    start: int
    stop: int
    program: str | None = None
    doubt: str | None = None
