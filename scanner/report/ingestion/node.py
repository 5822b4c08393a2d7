"""A place in a JSON document, and what is wrong there."""

from typing import Any

from msgspec import Struct


class Problem(Struct, frozen=True):
    """``place`` is a JSON pointer (RFC 6901), ``message`` a sentence with the way out.

    ``refused`` says that GitHub rejects the whole file; otherwise it ignores, cuts or misreads something.
    """

    place: str
    message: str
    refused: bool


class Node(Struct, frozen=True):
    """A value and its place. Whatever is missing or of another type than asked for is empty."""

    value: Any
    place: str = ""

    def value_of(self, key: str) -> Any:
        """What stands under ``key``, of any type; None when there is nothing."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def table(self, key: str) -> "Node":
        """An object."""
        found = self.value_of(key)
        return Node(found if isinstance(found, dict) else {}, f"{self.place}/{_token(key)}")

    def rows(self, key: str) -> list["Node"]:
        """An array."""
        found = self.value_of(key)
        place = f"{self.place}/{_token(key)}"
        return [Node(x, f"{place}/{i}") for i, x in enumerate(found)] if isinstance(found, list) else []

    def text(self, key: str) -> str:
        """A string."""
        found = self.value_of(key)
        return found if isinstance(found, str) else ""

    def number(self, key: str) -> int | None:
        """A whole number."""
        found = self.value_of(key)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def refused(self, message: str) -> Problem:
        """GitHub does not take the file."""
        return Problem(self.place, message, refused=True)

    def ignored(self, message: str) -> Problem:
        """GitHub takes the file and makes something else of it."""
        return Problem(self.place, message, refused=False)


def _token(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
