"""The container as GitHub's runner starts it, with its mounts, variables and file owners."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.collect.lfs.objects import storing, text
from tests.e2e.pull_request import BENIGN, PullRequest, checkpoint, give_away, make, poisoned

INPUTS = {"sarif-file": "out/report.sarif", "upload": "never"}


@dataclass(frozen=True, slots=True)
class Step:
    """What a step leaves: its exit code, its log, and the files by which it talks to the runner."""

    code: int
    log: str
    output: str
    summary: str


def start(image: str, pull: PullRequest, *options: str, **inputs: str) -> Step:
    """One container step of GitHub's runner (``ContainerActionHandler`` in actions/runner)."""
    place = pull.workspace.parent
    folders = {name: place / name for name in ("home", "workflow", "file_commands")}
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    commands = {name: folders["file_commands"] / name.lower() for name in ("OUTPUT", "STEP_SUMMARY")}
    for path in commands.values():
        path.write_text("")
    (folders["workflow"] / "event.json").write_bytes(pull.event.read_bytes())
    for folder in (pull.workspace, *folders.values()):
        give_away(folder)
    environment = {
        "HOME": "/github/home",
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": "/github/workflow/event.json",
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_REPOSITORY": "octo/repo",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_SHA": pull.merge,
        "GITHUB_WORKSPACE": "/github/workspace",
        **{f"GITHUB_{name}": f"/github/file_commands/{path.name}" for name, path in commands.items()},
        **{f"INPUT_{name.upper()}": value for name, value in (INPUTS | inputs).items()},
    }
    command = ["docker", "run", "--rm", "--workdir", "/github/workspace"]
    command += [word for name, value in environment.items() for word in ("-e", f"{name}={value}")]
    command += [word for name, path in folders.items() for word in ("-v", f"{path}:/github/{name}")]
    command += ["-v", "/var/run/docker.sock:/var/run/docker.sock"]
    command += ["-v", f"{pull.workspace}:/github/workspace", *options, image]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return Step(done.returncode, done.stdout, *(path.read_text("utf-8") for path in commands.values()))


@pytest.fixture
def pull(tmp_path: Path) -> PullRequest:
    """At depth 1, as actions/checkout does by default: the base commit is not there."""
    before = {"weights/a.pt": BENIGN, "weights/old.pt": poisoned("echo old")}
    return make(tmp_path, before, {"weights/a.pt": poisoned("echo inert")}, depth=1)


def uris(pull: PullRequest) -> set[str]:
    report = json.loads((pull.workspace / INPUTS["sarif-file"]).read_text("utf-8"))
    locations = [r["locations"][0]["physicalLocation"] for r in report["runs"][0]["results"]]
    return {location["artifactLocation"]["uri"] for location in locations}


def test_the_base_is_fetched_and_only_the_change_is_judged(image: str, pull: PullRequest) -> None:
    config = (pull.workspace / ".git/config").read_bytes()
    step = start(image, pull, "-v", f"{pull.origin}:{pull.origin}:ro")
    assert step.code == 1, step.log
    assert uris(pull) == {"weights/a.pt"}
    assert "blocked" in step.output
    assert "blocked" in step.summary
    assert (pull.workspace / ".git/config").read_bytes() == config


def test_without_a_way_to_the_base_everything_is_scanned(image: str, pull: PullRequest) -> None:
    step = start(image, pull)
    assert step.code == 1, step.log
    assert uris(pull) == {"weights/a.pt", "weights/old.pt"}
    assert "every file of the head was scanned" in step.log


def test_a_poisoned_checkpoint_behind_a_pointer_is_found_and_its_bytes_are_counted(
    image: str, tmp_path: Path
) -> None:
    poison = checkpoint(poisoned("echo inert"), 8 << 20)
    with storing() as store:
        store.add(poison)
        before = {".lfsconfig": f"[lfs]\n\turl = {store.url}\n".encode(), "weights/a.pt": BENIGN}
        pull = make(tmp_path, before, {"weights/a.pt": text(poison)}, depth=1)
        reach = ("--network", "host", "-v", f"{pull.origin}:{pull.origin}:ro")
        step = start(image, pull, *reach, token="ghs_0123456789")
    assert step.code == 1, step.log
    assert uris(pull) == {"weights/a.pt"}
    told = re.search(rf"of 1 object with {len(poison):,} bytes, ([\d,]+) bytes", step.summary)
    assert told and 0 < int(told[1].replace(",", "")) < 100_000, step.summary
    assert step.log.startswith("::add-mask::ghs_0123456789\n")


def test_parsers_run_locked_down_in_the_container(image: str, pull: PullRequest) -> None:
    assert "less protection" not in start(image, pull).log


def test_the_report_can_be_read_by_the_next_step(image: str, pull: PullRequest) -> None:
    start(image, pull)
    assert (pull.workspace / INPUTS["sarif-file"]).stat().st_mode & 0o004


def test_a_threshold_of_never_lets_the_poisoned_change_pass(image: str, pull: PullRequest) -> None:
    step = start(image, pull, **{"fail-on": "never"})
    assert step.code == 0, step.log
    assert "blocked" in step.output
