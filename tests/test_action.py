"""Environment in, reports and an exit code out."""

import io
import json
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from scanner import action
from scanner.collect import Confide
from scanner.config import Options, Upload
from scanner.errors import ConfigError
from scanner.finding import Behaviour, FileReport, Finding, Precision, Rule, Severity
from scanner.report import Card, Scan
from scanner.report.upload import Outcome, Target
from scanner.site import Site
from tests.fakes import Reply, serving
from tests.report.codescanning import refusal
from tests.report.conversation import PLACE, Conversation

MERGE, HEAD, BASE = (f"{number:040x}" for number in (0xA1, 0xB2, 0xC3))
RULE = Rule("command-on-load", "Runs a command", Severity.ERROR, Precision.HIGH, 9.5, (502,), ("T1059",), ())
FINDING = Finding(RULE.id, RULE.severity, Behaviour.CODE_EXECUTION, "Runs a command.", Site(("a.pt",), 3))
BLOCKED = FileReport("a.pt", (FINDING,), ("pickle",), 10, 10, 0.1)
FILED = Outcome("complete", "filed")
CLEAN = FileReport("a.pt", (), ("pickle",), 10, 10, 0.1)


def result(*reports: FileReport, exit_code: int = 0, head: str = MERGE) -> Scan:
    return Scan("1.0", reports, lambda: (Card(RULE, "page"),), exit_code, base=BASE, head=head)


class Runner:
    """A runner's environment around one step, and what the step leaves behind."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.workspace = place / "workspace"
        self.workspace.mkdir()
        monkeypatch.chdir(self.workspace)
        self.patch = monkeypatch
        self.options: Options | None = None
        self.uploads: list[Target] = []
        self.log = ""
        self.confided: tuple[str, ...] = ()
        pull = {"number": 7, "head": {"sha": HEAD}, "base": {"sha": BASE}}
        (place / "event.json").write_text(json.dumps({"pull_request": pull}))
        self.files = {n: place / n for n in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        self.environ = {
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(place / "event.json"),
            "GITHUB_SHA": MERGE,
            "GITHUB_REF": "refs/pull/7/merge",
            "GITHUB_REPOSITORY": "octo/repo",
            **{name: str(path) for name, path in self.files.items()},
        }

    def run(self, outcome: Scan | Exception, uploaded: Outcome = FILED, **inputs: str) -> int:
        def scan(options: Options, confide: Confide) -> Scan:
            self.options = options
            for secret in self.confided:
                confide(secret)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        def upload(document: str, target: Target) -> Outcome:
            json.loads(document)
            self.uploads.append(target)
            return uploaded

        self.patch.setattr(action, "scan", scan)
        self.patch.setattr(action, "upload", upload)
        self.environ |= {f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()}
        log = io.StringIO()
        code = action.main(self.environ, log)
        self.log = log.getvalue()
        return code

    def outputs(self) -> dict[str, str]:
        text = self.files["GITHUB_OUTPUT"].read_text()
        found = re.findall(r"^([\w-]+)<<(\w{32})\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)
        return {name: value for name, _, value in found}


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    return Runner(tmp_path, monkeypatch)


def test_a_blocked_file_fails_the_step_and_is_told_everywhere(runner: Runner) -> None:
    assert runner.run(result(BLOCKED, exit_code=1), token="t") == 1
    outputs = runner.outputs()
    (told,) = json.loads(outputs.pop("findings-json"))
    assert (told["path"], told["rule"], told["severity"]) == ("a.pt", RULE.id, "error")
    assert outputs == {"verdict": "blocked", "findings": "1", "sarif-file": "modelgate.sarif"}
    assert "BLOCKED  a.pt" in runner.log
    assert re.search(r"^::error .*file=a\.pt.*::", runner.log, re.MULTILINE)
    assert "blocked" in runner.files["GITHUB_STEP_SUMMARY"].read_text()
    sarif = json.loads((runner.workspace / "modelgate.sarif").read_text())
    assert [r["ruleId"] for r in sarif["runs"][0]["results"]] == [RULE.id]
    assert runner.uploads == [Target("octo/repo", MERGE, "refs/pull/7/merge", "t")]


def test_a_clean_scan_passes_and_is_filed_too(runner: Runner) -> None:
    assert runner.run(result(CLEAN), token="t") == 0
    assert runner.outputs()["verdict"] == "clean"
    assert len(runner.uploads) == 1


def test_inputs_win_over_the_event(runner: Runner) -> None:
    runner.environ |= {"GITHUB_SERVER_URL": "https://ghe.example"}
    runner.run(
        result(CLEAN),
        paths=" checkpoints/**\n\n  data/*.py ",
        base="v1",
        head="v2",
        fail_on="warning",
        upload="never",
        token=" secret ",
        config="ci/gate.toml",
        sarif_file="out/x.sarif",
    )
    options = runner.options
    assert options is not None
    assert options.paths == ("checkpoints/**", "data/*.py")
    assert (options.base, options.head, options.pull_head) == ("v1", "v2", HEAD)
    assert (options.fail_on, options.upload) == (Severity.WARNING, Upload.NEVER)
    assert (options.token, options.config) == ("secret", "ci/gate.toml")
    assert (options.sarif_file, options.server) == ("out/x.sarif", "https://ghe.example")
    assert (runner.workspace / "out/x.sarif").exists()
    assert not runner.uploads


def test_without_inputs_the_event_decides(runner: Runner) -> None:
    runner.run(result(CLEAN))
    assert runner.options is not None
    assert (runner.options.base, runner.options.head, runner.options.pull_head) == (BASE, "HEAD", HEAD)
    assert (runner.options.paths, runner.options.fail_on) == ((), Severity.ERROR)


@pytest.mark.parametrize(
    ("name", "ref", "scan", "base", "whole", "filed"),
    [
        ("pull_request", "refs/pull/7/merge", "auto", BASE, False, True),
        ("pull_request", "refs/pull/7/merge", "all", BASE, True, True),
        ("push", "refs/heads/main", "auto", None, False, True),
        ("push", "refs/heads/main", "changed", BASE, False, False),
        ("push", "refs/heads/topic", "auto", BASE, False, False),
        ("push", "refs/heads/topic", "all", BASE, True, True),
        ("schedule", "refs/heads/main", "changed", None, False, True),
    ],
)
def test_how_much_is_scanned_and_whether_it_is_filed(
    runner: Runner, name: str, ref: str, scan: str, base: str | None, whole: bool, filed: bool
) -> None:
    payload = json.loads(Path(runner.environ["GITHUB_EVENT_PATH"]).read_text())
    payload |= {"before": BASE, "repository": {"default_branch": "main"}}
    Path(runner.environ["GITHUB_EVENT_PATH"]).write_text(json.dumps(payload))
    runner.environ |= {"GITHUB_EVENT_NAME": name, "GITHUB_REF": ref}
    assert runner.run(result(CLEAN), token="t", scan=scan) == 0
    assert runner.options is not None
    assert (runner.options.base, runner.options.whole) == (base, whole)
    assert bool(runner.uploads) is filed


def test_a_forks_results_are_filed_under_the_pull_request_that_the_api_names(runner: Runner) -> None:
    ended = {"event": "pull_request", "head_sha": HEAD, "head_branch": "x", "pull_requests": []}
    ended["head_repository"] = {"owner": {"login": "stranger"}}
    Path(runner.environ["GITHUB_EVENT_PATH"]).write_text(json.dumps({"workflow_run": ended}))
    runner.environ |= {"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_REF": "refs/heads/main"}
    with serving(lambda _: Reply(200, [{"number": 9, "head": {"sha": HEAD}, "base": {"sha": BASE}}])) as api:
        runner.environ["GITHUB_API_URL"] = api.url
        assert runner.run(result(CLEAN, head=HEAD), token="t") == 0
        assert runner.uploads == [Target("octo/repo", HEAD, "refs/pull/9/head", "t", api.url)]
        api.answer = lambda _: Reply(200, [])
        assert runner.run(result(CLEAN, head=HEAD), token="t") == 0
    assert len(runner.uploads) == 1
    assert "0 open pull requests of stranger:x" in runner.log


def test_the_token_is_not_left_in_the_environment(runner: Runner) -> None:
    runner.run(result(CLEAN), token="secret")
    assert "secret" not in runner.environ.values()
    assert "secret" not in runner.log


def test_the_token_is_struck_out_of_the_log_before_anything_is_in_it(runner: Runner) -> None:
    runner.environ["GITHUB_ACTIONS"] = "true"
    runner.confided = ("100%\r\n::error::basic", "short")
    runner.run(result(CLEAN), token="ghs_secret")
    assert runner.log.startswith("::add-mask::ghs_secret\n::add-mask::100%25%0D%0A::error::basic\n1 file"), (
        runner.log
    )


def test_nobody_but_the_runner_is_told_of_secrets(runner: Runner) -> None:
    runner.confided = ("basic credential",)
    runner.run(result(CLEAN), token="ghs_secret")
    assert "secret" not in runner.log and "credential" not in runner.log


def test_a_pull_request_is_commented_on_when_asked_to(runner: Runner) -> None:
    blocked = replace(result(BLOCKED, exit_code=1), blocking=frozenset({FINDING}))
    talk = Conversation(head=HEAD, files=("a.pt",))
    talk_place = "/repos/octo/repo"
    with serving(
        lambda asked: talk.answer(replace(asked, path=asked.path.replace(talk_place, PLACE)))
    ) as api:
        runner.environ["GITHUB_API_URL"] = api.url
        assert runner.run(blocked, token="t") == 1
        assert talk.seen == []
        assert runner.run(blocked, token="t", comment="true", file_comments="true") == 1
        assert talk.changed() == ["POST /issues/7/comments", "POST /pulls/7/comments"]
        talk.head = BASE  # a push has come meanwhile
        assert runner.run(blocked, token="t", comment="false") == 1
        assert "::notice::There are no comments on files: the pull request has moved on since" in runner.log
        talk.faults = [refusal(403, "Resource not accessible by integration")]
        assert runner.run(result(CLEAN), token="t", comment="true", file_comments="false") == 0
    assert re.search(r"^::notice::The pull request has no comment: .*403", runner.log, re.MULTILINE)


def test_a_push_has_nothing_to_comment_on(runner: Runner) -> None:
    runner.environ |= {"GITHUB_EVENT_NAME": "push", "GITHUB_API_URL": "http://127.0.0.1:1"}
    assert runner.run(result(CLEAN), upload="never", comment="true", file_comments="true") == 0
    assert "comment" not in runner.log


def test_something_else_checked_out_is_not_called_clean(runner: Runner) -> None:
    assert runner.run(result(CLEAN, head=BASE)) == 2
    assert BASE in runner.log and "`head`" in runner.log
    assert not runner.files["GITHUB_OUTPUT"].exists()
    assert runner.run(result(CLEAN, head=BASE), head=BASE) == 0


def test_wrong_configuration_is_said_and_nothing_is_scanned(runner: Runner) -> None:
    assert runner.run(result(CLEAN), fail_on="eror") == 2
    assert re.search(r"^::error::.*error", runner.log)
    assert runner.options is None


def test_a_defect_closes_the_gate_and_gives_the_runner_no_command(runner: Runner) -> None:
    assert runner.run(RuntimeError("x\n::stop-commands::y ##[group]z")) == 3
    assert "RuntimeError" in runner.log
    assert "\n::stop-commands" not in runner.log and "##[" not in runner.log


def test_advice_that_quotes_the_repository_gives_the_runner_no_command(runner: Runner) -> None:
    assert runner.run(ConfigError("no\n::add-mask::x")) == 2
    assert runner.log.count("\n") == 1


@pytest.mark.parametrize("name", ["/etc/passwd", "../x.sarif", "link/x.sarif", "a/.."])
def test_the_report_stays_in_the_workspace(runner: Runner, name: str) -> None:
    (runner.workspace / "link").symlink_to(runner.workspace.parent)
    assert runner.run(result(CLEAN), sarif_file=name) == 2
    assert "sarif-file" in runner.log
    assert runner.options is None


def test_the_report_replaces_a_link_of_its_name(runner: Runner) -> None:
    victim = runner.workspace.parent / "victim"
    victim.write_text("untouched")
    (runner.workspace / "modelgate.sarif").symlink_to(victim)
    assert runner.run(result(CLEAN)) == 0
    assert victim.read_text() == "untouched"
    assert json.loads((runner.workspace / "modelgate.sarif").read_text())["version"] == "2.1.0"


def test_what_cannot_be_written_does_not_open_the_gate(runner: Runner) -> None:
    runner.environ |= {"GITHUB_OUTPUT": "/nonexistent/x", "GITHUB_STEP_SUMMARY": "/nonexistent/y"}
    (runner.workspace / "modelgate.sarif").mkdir()
    assert runner.run(result(BLOCKED, exit_code=1)) == 1
    assert runner.log.count("could not be written") == 3
    assert [p.name for p in runner.workspace.iterdir()] == ["modelgate.sarif"]


def test_outside_of_a_runner_there_is_nothing_to_append_to(runner: Runner) -> None:
    del runner.environ["GITHUB_OUTPUT"], runner.environ["GITHUB_STEP_SUMMARY"]
    assert runner.run(result(CLEAN)) == 0
    assert "could not" not in runner.log


@pytest.mark.parametrize(("wish", "code", "kind"), [("auto", 0, "notice"), ("always", 3, "error")])
def test_a_failed_upload_is_red_only_on_demand(runner: Runner, wish: str, code: int, kind: str) -> None:
    outcome = Outcome("failed", "forbidden")
    assert runner.run(result(CLEAN), outcome, upload=wish, token="t") == code
    assert f"::{kind}::forbidden" in runner.log


def test_a_failed_upload_does_not_replace_the_verdict(runner: Runner) -> None:
    blocked = result(BLOCKED, exit_code=1)
    assert runner.run(blocked, Outcome("failed", "x"), upload="always", token="t") == 1


@pytest.mark.parametrize(
    ("name", "ref", "inputs", "why"),
    [
        ("pull_request", "refs/pull/7/merge", {}, "no token"),
        ("push", "refs/heads/main", {"token": "t", "base": "v1"}, "part of a branch"),
        ("push", "refs/x", {"token": "t"}, "names no ref"),
        ("merge_group", "refs/heads/gh-readonly-queue/x", {"token": "t"}, "merge queues"),
    ],
)
def test_what_must_not_be_filed_is_not(
    runner: Runner, name: str, ref: str, inputs: dict[str, str], why: str
) -> None:
    runner.environ |= {"GITHUB_EVENT_NAME": name, "GITHUB_REF": ref}
    assert runner.run(result(CLEAN), **inputs) == 0
    assert re.search(rf"^::notice::Nothing was uploaded to code scanning: .*{why}", runner.log, re.MULTILINE)
    assert not runner.uploads


def test_the_branch_itself_can_be_checked_out(runner: Runner) -> None:
    assert runner.run(replace(result(CLEAN), head=HEAD), token="t") == 0
    assert [(t.commit, t.ref) for t in runner.uploads] == [(HEAD, "refs/pull/7/head")]
