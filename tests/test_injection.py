"""A hostile repository through the whole Action: names of files and members, globals, constants, reasons and
branches are attacks, and every channel is read the way its reader would."""

import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from scanner import action
from scanner.report import Scan, comments, gitlab, gitlab_sast, html, ingestion, records, text
from tests.fakes import Reply, serving
from tests.recipes.git import clone, commit, git, new
from tests.report.conversation import PLACE, Conversation
from tests.report.scans import HOSTILE

WORSE = (
    "::add-path::/tmp/evil",
    "x\n::set-env name=PATH::/evil\n",
    "##[add-matcher]evil.json",
    "--output=/tmp/x",
    'end"]; click s0 "javascript:alert(1)" %%{init: {}}%%',
    "EOF\nverdict=clean",
    "<!-- modelgate -->",
    "]]>\u2066 </script><svg onload=alert(1)>",
)
ATTACKS = [t for t in (*HOSTILE, *WORSE) if not re.search("[\ud800-\udc7f\udd00-\udfff]", t)]
COMMANDS = {"add-mask", "error", "warning", "notice"}
TAGS = {
    *("p", "b", "i", "br", "code", "pre", "table", "tr", "th", "td", "ul", "ol", "li", "details", "summary"),
    *("h2", "h3", "strong"),
}
PAGE = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "h1",
    "section",
    "div",
    "tbody",
    "article",
}
PAGE |= {"small", "footer"}


def name_of(attack: str) -> str:
    """A file name as near to the attack as file systems allow."""
    return attack.replace("/", "\u2044").replace("\0", "\u2400").strip(".") or "x"


def packed(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    return b"\x8c" + bytes([len(data)]) + data


def pickles(attack: str) -> bytes:
    """A call of something named like the attack, and a command that is the attack."""
    foreign = packed(attack) + packed(attack) + b"\x93" + packed(attack) + b"\x85R0"
    return b"\x80\x04" + foreign + b"cposix\nsystem\n" + packed(attack) + b"\x85R."


def archive(attack: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as whole:
        whole.writestr(f"{name_of(attack).encode('utf-8', 'replace').decode()}/data.pkl", pickles(attack))
    return file.getvalue()


def files(attack: str) -> dict[str, bytes]:
    name = name_of(attack)
    script = f"import os\nos.system({attack!a})\nopen({attack!a}, 'w').write({attack!a})\n"
    return {
        f"{name}/{name}.pkl": pickles(attack),
        f"{name}.pt": archive(attack),
        f"{name}.py": script.encode(),
    }


def configuration(accepted: dict[str, bytes]) -> bytes:
    """One suppression for each file, whose reason is the attack in its name."""
    blocks = [
        f'[[suppress]]\nrule = "command-on-load"\npath = {json.dumps(path)}\nreason = {json.dumps(path)}\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\nexpires = 2099-01-01\n'
        for path, content in accepted.items()
    ]
    return "\n".join(blocks).replace("\\ud83d", "").encode()


@dataclass
class Told:
    """What the Action has said, and to whom."""

    code: int
    scan: Scan
    log: str
    output: str
    summary: str
    sarif: str
    comments: list[str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    place = tmp_path_factory.mktemp("hostile")
    accepted = {f"kept-{name_of(t)}": pickles(t) for t in ATTACKS if t.isascii() and t.isprintable()}
    origin = new(place / "origin")
    base = commit(origin, {"modelgate.toml": configuration(accepted)})
    head = commit(origin, {n: c for attack in ATTACKS for n, c in files(attack).items()} | accepted)
    workspace = clone(origin, place / "workspace", depth=None, ref="main")
    pull = {"number": 7, "head": {"sha": head, "ref": WORSE[1]}, "base": {"sha": base, "ref": WORSE[0]}}
    (place / "event.json").write_text(json.dumps({"pull_request": pull}))
    channels = {n: place / n for n in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    changed = git(origin, "-c", "core.quotePath=false", "diff", "--name-only", "-z", base, head)
    talk = Conversation(head=head, files=tuple(changed.rstrip("\0").split("\0")))
    scans: list[Scan] = []

    def scan(*arguments: object, **more: object) -> Scan:
        scans.append(original(*arguments, **more))  # type: ignore[arg-type]
        return scans[-1]

    original: Callable[..., Scan] = action.scan
    log = io.StringIO()
    with serving(lambda asked: Reply(500) if "code-scanning" in asked.path else talk.answer(asked)) as api:
        environ = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": api.url,
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(place / "event.json"),
            "GITHUB_REF": f"refs/heads/{WORSE[1]}",
            "GITHUB_REPOSITORY": PLACE.removeprefix("/repos/"),
            "GITHUB_SHA": head,
            "INPUT_TOKEN": "ghs_0123456789",
            "INPUT_UPLOAD": "never",
            "INPUT_COMMENT": "true",
            "INPUT_FILE-COMMENTS": "true",
            **{name: str(path) for name, path in channels.items()},
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(workspace)
            patch.setattr(action, "scan", scan)
            code = action.main(environ, log)
    said = [body for kind in ("issues", "pulls") for _, body in talk.bodies(kind)]
    sarif = (workspace / action.SARIF_FILE).read_text()
    output, summary = (path.read_text("utf-8") for path in channels.values())
    yield Told(code, scans[0], log.getvalue(), output, summary, sarif, said)


def commands(log: str) -> set[str]:
    """What GitHub's runner would obey: ``##[…]`` anywhere in a line, ``::…::`` where it begins."""
    found = set()
    for line in re.split("\r\n|[\n\r]", log):
        found |= {m.lower() for m in re.findall(r"##\[([^\]]*)\]|##vso\[", line)}
        if command := re.match(r"\s*::([\w-]+)(?: [^:]*)?::", line):
            found.add(command[1])
    return found


class Markup(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= set(attrs)


def check_markdown(document: str) -> None:
    """Nothing but our tags, no attribute but the fence's, and pictures that hold nothing but plain labels."""
    page = Markup(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(document))
    assert page.tags <= TAGS
    assert page.attributes <= {("class", "language-mermaid")}
    for picture in re.findall(r"```mermaid\n(.*?)\n```", document, re.DOTALL):
        for line in picture.splitlines()[1:]:
            assert re.fullmatch(
                r'(s\d+ --> )?s\d+\["([\w ./-]|#\d+;)*"\]|style s\d+ stroke:#d1242f,stroke-width:3px', line
            ), line


def test_the_attacks_are_blocked(told: Told) -> None:
    assert told.code == 1
    blocked = {report.path for report in told.scan.files() if report.verdict == "blocked"}
    assert {path for attack in ATTACKS for path in files(attack) if not path.endswith(".py")} <= blocked
    assert {report.path for report in told.scan.reports} >= {p for t in ATTACKS for p in files(t)}
    assert len(told.scan.accepted) >= 4


def test_the_log_gives_no_command_and_moves_no_cursor(told: Told) -> None:
    assert commands(told.log) == COMMANDS - {"notice"} | (commands(told.log) & {"notice"})
    assert all(line.isprintable() for line in told.log.split("\n"))
    assert told.log.startswith("::add-mask::ghs_0123456789\n")
    for line in told.log.splitlines():
        if found := re.match(r"::(?:error|warning|notice) ([^:]*)::", line):
            assert {pair.partition("=")[0] for pair in found[1].split(",")} <= {"title", "file", "line"}


@pytest.mark.parametrize(
    "render", [text.render, records.jsonl, records.document, html.render, gitlab.render, gitlab_sast.render]
)
def test_what_is_printed_elsewhere_gives_no_command_either(told: Told, render: Callable[[Scan], str]) -> None:
    document = render(told.scan)
    assert commands(document) == set()
    assert all(line.isprintable() for line in document.split("\n"))


def test_outputs_are_those_that_there_are(told: Told) -> None:
    """Read as the runner reads the file: ``name<<delimiter``, lines, the delimiter alone."""
    found, lines = {}, iter(told.output.split("\n")[:-1])
    for line in lines:
        name, _, end = line.partition("<<")
        found[name] = "\n".join(iter(lambda: next(lines), end))
    assert set(found) == {"verdict", "findings", "findings-json", "sarif-file"}
    assert found["verdict"] == "blocked"
    assert len(json.loads(found["findings-json"])) > 1


def test_the_summary_and_the_comments_are_our_markup_alone(told: Told) -> None:
    check_markdown(told.summary)
    assert len(told.comments) > 3
    for said in told.comments:
        mark, _, body = said.partition("\n")
        assert mark in (comments.MARK, comments.FILE_MARK)
        check_markdown(body)
        assert not re.search(r"@\w|(?<!&)#\d", prose(body))


def prose(document: str) -> str:
    """What GitHub looks for mentions in: text that is not code."""
    rendered = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(document)
    return re.sub(r"<[^>]*>", " ", re.sub(r"<(code|pre)\b.*?</\1>", " ", rendered, flags=re.DOTALL))


def test_the_page_is_our_markup_alone(told: Told) -> None:
    page = Markup(html.render(told.scan))
    assert page.tags <= TAGS | PAGE
    assert {name for name, _ in page.attributes} <= {
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
    }


def test_code_scanning_gets_text_without_links_or_placeholders(told: Told) -> None:
    assert commands(told.sarif) == set()
    assert [problem for problem in ingestion.problems(told.sarif.encode()) if problem.refused] == []

    def messages(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("text"), str):
                yield value["text"]
            for inner in value.values():
                yield from messages(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from messages(inner)

    (run,) = json.loads(told.sarif)["runs"]
    for message in messages([run["results"], run["invocations"]]):
        assert not re.search(r"\]\(|\{\d+\}", message)
        assert all(line.isprintable() for line in message.split("\n"))


def test_gitlab_gets_text(told: Told) -> None:
    for entry in json.loads(gitlab_sast.render(told.scan))["vulnerabilities"]:
        tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(entry["description"])
        assert {c.type for t in tokens for c in t.children or ()} <= {"text", "text_special"}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_configuration_that_is_refused_gives_no_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attack: str
) -> None:
    key = json.dumps(attack.encode("utf-8", "replace").decode()).replace("\x7f", "\\u007f")
    repository = new(tmp_path / "repository")
    head = commit(repository, {"modelgate.toml": f"{key} = {key}\n".encode()})
    monkeypatch.chdir(repository)
    log = io.StringIO()
    assert action.main({"GITHUB_EVENT_NAME": "push", "GITHUB_SHA": head, **os.environ}, log) == 2
    assert commands(log.getvalue()) == {"error"}
    assert log.getvalue().rstrip("\n").isprintable()


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_branch_and_a_revision_give_no_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attack: str
) -> None:
    repository = new(tmp_path / "repository")
    base = commit(repository, {"a.txt": b"x"})
    head = commit(repository, {"b.txt": b"x"})
    monkeypatch.chdir(repository)
    ended = {"event": "pull_request", "head_sha": head, "head_branch": attack, "pull_requests": []}
    ended["head_repository"] = {"owner": {"login": attack}}
    (tmp_path / "event.json").write_text(json.dumps({"workflow_run": ended}))
    with serving(lambda _: Reply(200, [])) as api:
        environ = {
            "GITHUB_API_URL": api.url,
            "GITHUB_EVENT_NAME": "workflow_run",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_REPOSITORY": "octo/hello",
            "GITHUB_SHA": base,
            "INPUT_TOKEN": "t",
        }
        log = io.StringIO()
        assert action.main(dict(environ), log) == 0, log.getvalue()
        assert "0 open pull requests of " in log.getvalue()
        assert action.main({**environ, "INPUT_HEAD": f"x{attack}".replace("\0", "")}, log) == 2
    assert commands(log.getvalue()) == {"error", "notice"}
    assert all(line.isprintable() for line in log.getvalue().split("\n"))
