"""What the documents tell people to run elsewhere, run to the letter; only GitHub is on this machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.e2e.engine import ROOT, docker
from tests.e2e.pull_request import BENIGN, poisoned
from tests.recipes.git import commit, git, new, write

EXAMPLES = ROOT / "docs/examples"
HOME = "https://github.com/modelgate/modelgate"
POISON = poisoned("echo inert")
# Debian's own Python, in a base that debootstrap made, has pip only in environments.
PIP = "command -v pip || { python3 -m venv /opt/venv && export PATH=/opt/venv/bin:$PATH; }"


@pytest.fixture(scope="session")
def published(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This work tree as the repository that people would clone, with the tag that the documents name."""
    place = new(tmp_path_factory.mktemp("published"))
    files = {str(p.relative_to(source)): p.read_bytes() for p in source.rglob("*") if p.is_file()}
    commit(place, dict(files))
    git(place, "tag", "v1")
    return place


def github(place: Path | str) -> dict[str, str]:
    """Environment in which git takes a directory for GitHub's copy."""
    return {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": f"url.file://{place}.insteadOf",
        "GIT_CONFIG_VALUE_0": HOME,
        "GIT_CONFIG_KEY_1": "safe.directory",
        "GIT_CONFIG_VALUE_1": "*",
    }


def test_the_container_needs_neither_the_network_nor_a_place_to_write(image: str, tmp_path: Path) -> None:
    docker("tag", image, "modelgate")
    snippet = ["sh", str(EXAMPLES / "docker.sh")]
    write(tmp_path, {"a.pkl": BENIGN})
    done = subprocess.run(snippet, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 clean" in done.stdout
    write(tmp_path, {"b.pkl": POISON})
    done = subprocess.run(snippet, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BLOCKED  b.pkl" in done.stdout
    assert "less protection" not in done.stdout


def test_the_hook_blocks_a_commit(published: Path, tmp_path: Path) -> None:
    repository = new(tmp_path / "repository")
    configuration = (EXAMPLES / "pre-commit-config.yaml").read_bytes()
    write(repository, {".pre-commit-config.yaml": configuration, "a.pkl": BENIGN})
    git(repository, "add", "--all")

    def run() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [Path(sys.executable).with_name("pre-commit"), "run"],
            cwd=repository,
            env={**os.environ, **github(published), "PRE_COMMIT_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            check=False,
        )

    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout
    write(repository, {"b.pkl": POISON})
    git(repository, "add", "--all")
    done = run()
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BLOCKED  b.pkl" in done.stdout


def test_the_gitlab_job_fails_and_leaves_its_reports(
    base_image: str, published: Path, tmp_path: Path
) -> None:
    job = YAML(typ="safe").load(EXAMPLES / "gitlab-ci.yaml")["modelgate"]
    repository = new(tmp_path / "repository")
    base = commit(repository, {"a.pkl": BENIGN})
    head = commit(repository, {"a.pkl": POISON})
    variables = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_SHA": head, **github("/published")}
    script = "\n".join(["set -e", PIP, *job["before_script"], *job["script"]])
    command = ["docker", "run", "--rm", "--network", "host", "--workdir", "/builds/project"]
    command += [f"--env={name}={value}" for name, value in variables.items()]
    command += ["-v", f"{repository}:/builds/project", "-v", f"{published}:/published:ro"]
    done = subprocess.run(
        [*command, base_image, "sh", "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    for name in job["artifacts"]["reports"].values():
        assert "a.pkl" in json.dumps(json.loads((repository / name).read_text("utf-8"))), name
