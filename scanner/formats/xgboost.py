"""XGBoost's boosters: JSON, Universal Binary JSON, and the binary form that came before.

Sources: ``learner.cc`` and ``json_io.cc``. An objective is a name that the library knows or refuses, so
nothing in here runs. Trees are numbers and are stepped over; the user's attributes are strings.
"""

import re
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.errors import Malformed
from scanner.facts import Anomaly
from scanner.formats import _json
from scanner.formats._decode import trailing
from scanner.formats._ubjson import Walk
from scanner.limits import Budget

NAME = "xgboost"
COMPLETE = True
OPENING = (b"{L\0\0\0\0\0\0\0\7learner", b"{L\0\0\0\0\0\0\0\7version", b"{i\7learner", b"{U\7learner")
# The parameters of a binary file, some behind a mark; then the names of an objective and a booster.
BINARY = re.compile(
    rb"(?:binf)?.{136}[\x04-\x3f]\0{7}(?:reg|binary|multi|rank|count|survival):[\w:]+[\x04-\x0f]\0{7}"
    rb"(?:gbtree|gblinear|dart)",
    re.DOTALL,
)
SIGN = b"|".join((*map(re.escape, OPENING), BINARY.pattern, _json.SIGN))
SHORTEST = 64  # bytes of a string that could be code


def matches(blob: Blob, head: bytes) -> bool:
    """Its keys, in either kind of JSON, or the names of an objective and a booster where they belong."""
    if head.startswith(OPENING) or BINARY.match(head) is not None:
        return True
    document = _json.opened(blob, head)
    if document is None or not document.mentions("learner") or not document.mentions("gradient_booster"):
        return False
    match document.value:
        case {"learner": {"gradient_booster": dict()}}:
            return True
    return False


def unwrap(blob: Blob, budget: Budget) -> Iterator[Blob | Anomaly]:
    """Long strings, and what stands behind the document; of a binary file, all behind the names."""
    head = blob.read_at(0, 512)
    binary = BINARY.match(head)
    if binary is not None:
        yield blob.part("trees", binary.end(), blob.size - binary.end())
    if not head.startswith(OPENING):
        return
    walk = Walk(blob, budget)
    for start, length in walk.texts():
        if length > SHORTEST:
            yield blob.part(f"text @ {start}", start, length)
    if walk.position > blob.size:
        raise Malformed(f"the document ends at {walk.position:,} and the file at {blob.size:,}")
    yield from trailing(blob, walk.position, NAME)
