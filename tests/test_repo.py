"""The repository keeps its promises: metadata, locks, and what is said in more than one place."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

from scanner import __version__, action
from scanner.blob import Blob, BytesWindow
from scanner.config import Upload
from scanner.errors import Malformed
from scanner.facts import Effect, Facts
from scanner.finding import Severity
from scanner.formats import HEAD
from scanner.limits import Budget
from scanner.site import Site, Trigger

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted([*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob("docs/examples/*.yml")])
LOCKS = ("image", "test", "dev", "fuzz")
ALONE = ("giftless",)  # for an environment of its own


def metadata() -> dict[str, dict[str, dict[str, str]]]:
    """``action.yml``."""
    return YAML(typ="safe").load(ROOT / "action.yml")


def wanted(lock: str) -> list[Requirement]:
    """What a lock is compiled from."""
    if lock == "image":
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        return [Requirement(line) for line in project["dependencies"]]
    lines = (ROOT / f"requirements/{lock}.in").read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if line and line[0] not in "#-"]


def pinned(lock: str) -> dict[str, str]:
    """Name to version."""
    text = (ROOT / f"requirements/{lock}.txt").read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)(?: ;.*)? \\$", text, re.MULTILINE))


def accepts(tool: str, *arguments: str | Path) -> None:
    """Run a judge that came with the test lock."""
    command = [Path(sys.executable).with_name(tool), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_metadata_and_workflows_are_valid() -> None:
    accepts("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")
    accepts("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)


def test_workflows_and_metadata_are_safe() -> None:
    accepts("zizmor", "--offline", "--no-progress", ".github/workflows", "action.yml")


def test_workflows_that_people_copy_are_safe(tmp_path: Path) -> None:
    configuration = tmp_path / "zizmor.yml"  # names by tag, so that they can be read
    configuration.write_text("rules:\n  unpinned-uses:\n    disable: true\n")
    examples = ROOT.glob("docs/examples/*.yml")
    accepts("zizmor", "--offline", "--no-progress", "--config", configuration, *examples)


def test_the_dockerfile_is_sound() -> None:
    accepts("hadolint", "Dockerfile")


def test_every_input_is_read_and_every_read_input_exists() -> None:
    assert tuple(metadata()["inputs"]) == action.INPUTS


def test_the_readme_names_every_input_and_output() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    rows = " ".join(re.findall(r"^\| (`.*?) \|", readme, re.MULTILINE))
    named = {*metadata()["inputs"], *metadata()["outputs"]}
    assert named <= set(re.findall(r"`([\w-]+)`", rows))


def test_defaults_are_those_of_the_code() -> None:
    inputs = metadata()["inputs"]
    assert inputs["sarif-file"]["default"] == action.SARIF_FILE
    assert Upload(inputs["upload"]["default"]) is Upload.AUTO
    assert inputs["fail-on"]["default"] == ""  # or the configuration file could not say it


def test_other_peoples_actions_are_pinned_by_commit() -> None:
    for path in ROOT.glob(".github/workflows/*.yml"):
        uses = re.findall(r"uses: +(\S+)", path.read_text("utf-8"))
        assert uses
        assert [name for name in uses if not re.search(r"@[0-9a-f]{40}$|^\./", name)] == []


def test_the_base_image_is_an_argument() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("FROM ")] == ["FROM ${BASE}"]
    assert not [line for line in lines if line.startswith(("USER ", "WORKDIR "))]


@pytest.mark.parametrize("lock", LOCKS + ALONE)
def test_locks_satisfy_what_they_are_compiled_from(lock: str) -> None:
    pins = pinned(lock)
    requirements = wanted(lock)
    assert requirements
    for requirement in requirements:
        version = pins.get(canonicalize_name(requirement.name))
        assert version and requirement.specifier.contains(version), f"{requirement}: run `make lock`"


def test_locks_agree_with_each_other() -> None:
    versions: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version in pinned(lock).items():
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("lock", LOCKS + ALONE)
def test_locks_are_hashed_and_name_no_index(lock: str) -> None:
    text = (ROOT / f"requirements/{lock}.txt").read_text("utf-8")
    assert not re.search(r"^\s*--(?!hash=sha256:[0-9a-f]{64})", text, re.MULTILINE)
    assert "://" not in text
    for block in re.split(r"\n(?=\S)", text):
        assert "==" not in block or "--hash=" in block


def test_the_readme_shows_the_example_workflow() -> None:
    example = (ROOT / "docs/examples/pull-request.yml").read_text("utf-8")
    assert f"```yaml\n{example}```" in (ROOT / "README.md").read_text("utf-8")


def test_the_changelog_knows_this_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_every_make_target_that_the_documents_name_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md", ".ci/run", ".github/workflows/ci.yml"):
        named = set(re.findall(r"\bmake ([a-z]+)\b(?=[`\n])", (ROOT / name).read_text("utf-8")))
        assert named <= targets, name


def test_the_generated_pages_are_up_to_date() -> None:
    command = [sys.executable, "tools/docs.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def example(first_words: str) -> ModuleType:
    """A module as CONTRIBUTING.md prints it."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
    (code,) = [block for block in blocks if block.startswith(f'"""{first_words}')]
    module = ModuleType("example")
    exec(compile(code, "CONTRIBUTING.md", "exec"), vars(module))
    return module


def test_the_format_that_contributing_prints_works() -> None:
    ar = example("Unix ar")
    member = b"a.pkl/".ljust(16) + b"0".ljust(32) + b"3".ljust(10) + b"`\nabc\n"
    blob = Blob(("x.a",), BytesWindow(ar.MAGIC + member + b"broken"))
    assert ar.matches(blob, blob.read_at(0, HEAD))
    parts = ar.unwrap(blob, Budget())
    part = next(parts)
    assert (part.trail, part.read_at(0, 9)) == (("x.a", "a.pkl"), b"abc")
    with pytest.raises(Malformed):
        next(parts)


def test_the_rule_that_contributing_prints_works() -> None:
    module = example("The screen")
    words = {"kind": "screen.read", "callee": "PIL.ImageGrab.grab", "site": Site(("a.py",), line=1)}
    (found,) = module.check(Facts([Effect(**words, trigger=Trigger.LOAD, script=True)]))
    assert (found.rule, found.severity) == (module.RULE.id, Severity.ERROR)
    assert not list(
        module.check(Facts([Effect(**(words | {"kind": "file.read"}), trigger=Trigger.LOAD, script=True)]))
    )
