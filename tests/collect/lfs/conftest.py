"""A server for each test, and no waiting."""

from collections.abc import Iterator

import pytest

from tests.collect.lfs.objects import Store, storing


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr("scanner.http._PAUSES", (0,))
    with storing() as fake:
        yield fake
