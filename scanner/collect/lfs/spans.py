"""Which parts of something long are here."""

from bisect import bisect_left, bisect_right

from msgspec import Struct, field


class Spans(Struct):
    """A set of positions, kept as runs that neither touch nor overlap; a stop is not in its run."""

    starts: list[int] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)

    def add(self, start: int, stop: int) -> None:
        """Put in everything from ``start`` up to ``stop``."""
        if start >= stop:
            return
        first, last = bisect_left(self.stops, start), bisect_right(self.starts, stop)
        if first < last:
            start, stop = min(start, self.starts[first]), max(stop, self.stops[last - 1])
        self.starts[first:last], self.stops[first:last] = [start], [stop]

    def gap(self, start: int, stop: int) -> tuple[int, int] | None:
        """The first run between ``start`` and ``stop`` that is not in the set; None if all of it is."""
        behind = bisect_right(self.starts, start)
        if behind and self.stops[behind - 1] > start:
            start = self.stops[behind - 1]
        if behind < len(self.starts):
            stop = min(stop, self.starts[behind])
        return (start, stop) if start < stop else None
