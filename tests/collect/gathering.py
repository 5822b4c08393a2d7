"""Collecting in a directory, and looking at what came out."""

import os
from pathlib import Path

import pytest

from scanner.collect import Artifact, collect
from scanner.config import Options


def content(artifact: Artifact) -> bytes:
    descriptor = artifact.open()
    with os.fdopen(descriptor, "rb") as file:
        assert os.get_inheritable(descriptor) is False
        return file.read()


def gather(
    monkeypatch: pytest.MonkeyPatch, where: Path, options: Options
) -> tuple[dict[str, bytes | str], list[str]]:
    """Path to content (or problem), and the notices."""
    monkeypatch.chdir(where)
    notices: list[str] = []
    found = list(collect(options, notices.append))
    assert [a.path for a in found] == sorted(a.path for a in found)
    return {a.path: a.problem or content(a) for a in found}, notices
