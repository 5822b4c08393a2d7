"""JSON documents that describe objects to build."""

import json
from typing import Any

from scanner.blob import Blob
from scanner.errors import Malformed, OverBudget
from scanner.limits import Budget


def document(blob: Blob, budget: Budget, name: str) -> tuple[bytes, Any]:
    """The bytes and what they say; ``name`` is what errors call them.

    Raises :class:`Malformed` or :class:`OverBudget`.
    """
    limit = budget.limits.constant
    data = blob.read_at(0, limit + 1)
    if len(data) > limit:
        raise OverBudget(f"a {name} of more than {limit:,} bytes")
    try:
        return data, json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the {name} is not JSON: {error}") from None
