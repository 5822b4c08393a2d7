"""What the source does not tell: functions that are compiled, each row with its reason."""

from pathlib import Path

from scanner.knowledge.rows import Rows, plain_name

TABLE = Path(__file__).with_name("compiled.txt")


class Compiled:
    """The table of compiled functions that do nothing to the world."""

    def __init__(self) -> None:
        self._rows = Rows([TABLE], plain_name)

    def reason(self, name: str) -> str | None:
        """Why calling it does nothing, or None."""
        _, row = self._rows.find(name)
        return row.partition("#")[2].strip() or None if row else None
