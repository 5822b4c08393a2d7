"""The engine, the image and a place to work, once per session."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import engine
from tests.e2e.act import Act

IMAGE = "modelgate-e2e"


@pytest.fixture(scope="session")
def base_image() -> Iterator[str]:
    """The name of a base image on an engine that answers."""
    try:
        with engine.running():
            yield engine.base()
    except engine.UnavailableError as error:
        if os.environ.get("MODELGATE_E2E") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that a clone of this work tree would have."""
    copy = tmp_path_factory.mktemp("source")
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=engine.ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (engine.ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(engine.ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="session")
def image(base_image: str, source: Path) -> str:
    """The image of the Action, built from this work tree."""
    try:
        engine.docker("build", "--tag", IMAGE, str(source))
    except subprocess.CalledProcessError as error:
        pytest.fail(f"the image does not build:\n{error.stdout[-4000:]}")
    return IMAGE


@pytest.fixture(scope="session")
def act(image: str, base_image: str, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Act:
    return Act(base_image, source, tmp_path_factory.mktemp("act"))
