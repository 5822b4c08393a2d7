"""The start of a worker."""

import subprocess
import sys

PROGRAM = """
import sys
from scanner import process
process.import_records()
assert not {"uuid", "decimal", "typing_extensions", "msgspec.json"} & sys.modules.keys()
import decimal, msgspec.json, uuid
assert (decimal.Decimal(1) + 1, uuid.UUID(int=5).int, msgspec.json.encode([2])) == (2, 5, b"[2]")
class Record(msgspec.Struct):
    number: int
assert msgspec.structs.replace(Record(1), number=2) == Record(2)
"""


def test_what_is_stood_in_for_is_there_for_those_who_want_it() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
