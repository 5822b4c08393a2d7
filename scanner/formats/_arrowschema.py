"""The schema of Arrow: names and types of columns, and metadata that some readers unpickle.

Source: ``Schema.fbs`` and ``Message.fbs`` of Arrow. An extension type has its name and its parameters in the
metadata of its field. What ``arrow.py_extension_type`` keeps there is a pickle, which pyarrow before 14.0.1
loaded while it read the schema (CVE-2023-47248); types of other libraries may do the same.
"""

from collections.abc import Iterator

from msgspec import Struct, field

from scanner.blob import Blob, BytesWindow
from scanner.errors import OverBudget
from scanner.facts import Anomaly
from scanner.formats._flatbuffers import Buffers

SHORTEST = 64  # bytes of a value that could be code, where no reader takes it for such
DEEPEST = 64  # columns inside columns
EXTENSION, PARAMETERS = b"ARROW:extension:name", b"ARROW:extension:metadata"
PICKLED = b"arrow.py_extension_type"
VALUES = frozenset({b"ray.data.arrow_pickled_object"})  # types of columns whose every value is a pickle
# Slots of the tables, as numbers in their vtable.
FIELDS, SCHEMA_METADATA = 6, 8
NAME, CHILDREN, FIELD_METADATA = 4, 14, 16
KEY, VALUE = 4, 6


class Metadata(Struct):
    """What the metadata of one file says, each value once: the schema stands in it twice."""

    home: Blob
    told: set[bytes] = field(default_factory=set)

    def schema(self, file: Buffers, table: int) -> Iterator[Blob | Anomaly]:
        """The metadata of a schema and of all of its columns."""
        yield from self.pairs(file, table, SCHEMA_METADATA, "schema")
        for column in file.tables(table, FIELDS):
            yield from self._column(file, column, 0)

    def pairs(self, file: Buffers, table: int, slot: int, of: str) -> Iterator[Blob | Anomaly]:
        """The values in one table of metadata that could be code; ``of`` says whose it is."""
        limit = file.budget.limits.constant
        pairs = file.tables(table, slot)
        found = {file.content(pair, KEY): file.content(pair, VALUE, limit) for pair in pairs}
        if found.get(EXTENSION) in VALUES and of.encode() not in self.told:
            self.told.add(of.encode())
            yield Anomaly(
                "unresolved", f"{of} holds pickles as its values, which are not read", self.home.site
            )
        for key, value in found.items():
            if key == EXTENSION or value in self.told:
                continue
            expected = "pickle" if key == PARAMETERS and found.get(EXTENSION) == PICKLED else None
            if len(value) > SHORTEST or key == PARAMETERS:
                self.told.add(value)
                name = f"{of}: {key.decode('utf-8', 'backslashreplace')}"
                yield self.home.inner(name, BytesWindow(value), expected=expected)

    def _column(self, file: Buffers, column: int, depth: int) -> Iterator[Blob | Anomaly]:
        if depth > DEEPEST:
            raise OverBudget("columns nest too deeply")
        name = file.content(column, NAME).decode("utf-8", "backslashreplace")
        yield from self.pairs(file, column, FIELD_METADATA, f"column {name}")
        for child in file.tables(column, CHILDREN):
            yield from self._column(file, child, depth + 1)
