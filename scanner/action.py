"""The Action: environment in, reports and an exit code out.

The exit code is the gate. Everything else (log, annotations, summary, SARIF, upload) is a record of
it: when one of them cannot be written, that is said, and the gate stays as it is.
"""

import os
import secrets
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TextIO

from msgspec.structs import replace

from scanner import config, event, policy
from scanner.config import Options, Scope, Upload
from scanner.errors import ConfigError
from scanner.event import Event
from scanner.github import Pull
from scanner.pipeline import scan
from scanner.report import Scan, annotations, escape, records, sarif, summary, text
from scanner.report.upload import Target, upload

INPUTS = (
    "paths", "scan", "base", "head", "fail-on", "fail-on-existing", "lfs", "sarif-file", "upload", "comment",
    "file-comments", "token", "config", "patterns",
)  # fmt: skip
"""The inputs of ``action.yml``; the runner passes them as ``INPUT_FAIL-ON`` and so on."""

OUTPUT = 64 << 10  # bytes of an output that a step can still be handed in its environment
SARIF_FILE = "modelgate.sarif"
SHORTEST = 8  # characters of a secret; what is shorter would blot out words that are none


def main(environ: MutableMapping[str, str] = os.environ, stream: TextIO | None = None) -> int:
    """Run the Action in the current directory, which is the workspace, and return the exit code.

    ``INPUT_TOKEN`` is taken out of ``environ``: no process that is started later inherits it.
    """
    log = stream or sys.stdout
    if log is sys.stdout:
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    try:
        return _run(environ, log)
    except ConfigError as error:
        _say(log, "error", str(error))
        return policy.USAGE
    except Exception:  # whatever it was, the gate must not open
        for line in traceback.format_exc().splitlines():
            log.write(f"{escape.terminal(line)}\n")
        _say(log, "error", "modelgate failed by its own fault; please report the traceback above")
        return policy.FAULT


def _run(environ: MutableMapping[str, str], log: TextIO) -> int:
    inputs = {name: environ.get(f"INPUT_{name.upper()}", "").strip() for name in INPUTS}
    environ.pop("INPUT_TOKEN", None)
    confide = partial(_mask, log, environ.get("GITHUB_ACTIONS") == "true")
    confide(inputs["token"])
    run = _with_pull(event.read(environ), inputs["token"], environ)
    options = _options(inputs, run, environ)
    name = options.sarif_file or SARIF_FILE
    place = _place(Path.cwd(), name)
    result = scan(options, confide=confide)
    _check_head(result, options, run)
    document = sarif.render(result)
    log.write(text.render(result))
    log.write(annotations.render(result))
    outputs = {
        "verdict": str(result.verdict),
        "findings": str(len(result.findings)),
        "findings-json": records.findings(result, OUTPUT),
        "sarif-file": name,
    }
    writers: dict[str, Callable[[], None]] = {
        "the SARIF report": lambda: _replace(place, document),
        "the outputs": lambda: _append(environ.get("GITHUB_OUTPUT"), _assignments(outputs)),
        "the summary": lambda: _append(environ.get("GITHUB_STEP_SUMMARY"), summary.render(result)),
    }
    for what, write in writers.items():
        try:
            write()
        except OSError as error:
            _say(log, "warning", f"{what} could not be written: {error}")
    filed = _file(document, _target(result, options, run), options.upload, log)
    for why in _comment(result, options, run):
        _say(log, "notice", why)
    return policy.FAULT if result.exit_code == policy.PASS and not filed else result.exit_code


def _with_pull(run: Event, token: str, environ: Mapping[str, str]) -> Event:
    """A run that follows a fork's does not say which pull request that was; the API does."""
    if run.branch is None or not token:
        return run
    from scanner.collect import pulls  # noqa: PLC0415 - few runs need it

    repository, api = environ.get("GITHUB_REPOSITORY", ""), environ.get("GITHUB_API_URL") or config.API
    found = pulls.find(repository, run.branch, run.head, token, api)
    return replace(run, reason=f"{found}.") if isinstance(found, str) else run.told(*found)


def _options(inputs: Mapping[str, str], run: Event, environ: Mapping[str, str]) -> Options:
    """What the inputs say, and what the event says where they are silent.

    Where an event calls for everything, the revision's own configuration applies, so there is no base.
    """
    scope = config.scope(inputs["scan"])
    event_base = None if run.whole and scope is not Scope.CHANGED else run.base
    return config.build(
        paths=[line.strip() for line in inputs["paths"].splitlines() if line.strip()],
        base=inputs["base"] or event_base,
        head=inputs["head"] or run.head,
        whole=scope is Scope.ALL,
        pull_head=run.pull_head,
        pull=run.pull,
        fail_on=inputs["fail-on"],
        fail_on_existing=inputs["fail-on-existing"],
        lfs=inputs["lfs"],
        config=inputs["config"],
        patterns=inputs["patterns"],
        sarif_file=inputs["sarif-file"],
        upload=inputs["upload"],
        comment=inputs["comment"],
        file_comments=inputs["file-comments"],
        token=inputs["token"],
        repository=environ.get("GITHUB_REPOSITORY"),
        server=environ.get("GITHUB_SERVER_URL"),
        api=environ.get("GITHUB_API_URL"),
    )


def _check_head(result: Scan, options: Options, run: Event) -> None:
    """Refuse to call a pull request clean when something else is checked out."""
    if options.head == event.CHECKED_OUT and run.refs and result.head not in run.refs:
        raise ConfigError(
            f"the workspace is at commit {result.head}, which is not what this event is about "
            f"({' or '.join(run.refs)}); check it out with actions/checkout and no `ref`, or name what to "
            "scan in the input `head`"
        )


def _place(workspace: Path, name: str) -> Path:
    """Where the report goes. The workspace is the pull request's, and so are its symbolic links."""
    place = workspace / PurePosixPath(name)
    if not place.parent.resolve().is_relative_to(workspace.resolve()) or place.name in ("", ".."):
        raise ConfigError(f"sarif-file must be a file inside the workspace; got {name!r}")
    return place


def _replace(place: Path, content: str) -> None:
    """Write a file that later steps can read; a link of the same name is replaced, not followed."""
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=place.parent, prefix=".modelgate-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(place)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _append(path: str | None, content: str) -> None:
    """Add to one of the files by which a step talks to the runner; outside of a runner there is none."""
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(content)


def _assignments(outputs: Mapping[str, str]) -> str:
    """Outputs with a delimiter that nobody can guess, so that no value can end itself."""
    delimiter = secrets.token_hex(16)
    return "".join(f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in outputs.items())


def _target(result: Scan, options: Options, run: Event) -> Target | str:
    """Where in code scanning the results belong, or why they must not, or cannot, be filed."""
    # The id of an annotated tag, which the event may name, is not that of its commit.
    ref = run.refs.get(result.head or "") or run.refs.get(options.head or "")
    if result.head is None or ref is None:
        return run.reason or f"the event names no ref for commit {result.head}."
    if options.base and not options.whole and not ref.startswith("refs/pull/"):
        return "part of a branch would close the alerts on the rest of it; `scan: all` scans and files all."
    if options.token is None:
        return "no token; pass `token: ${{ github.token }}`."
    return Target(
        repository=options.repository or "",
        commit=result.head,
        ref=ref,
        token=options.token,
        api=options.api,
        stranger=run.stranger,
    )


def _file(document: str, target: Target | str, wish: Upload, log: TextIO) -> bool:
    """Upload the report if that is wanted and possible; False if it was demanded and failed."""
    if wish is Upload.NEVER:
        return True
    if isinstance(target, Target):
        outcome = upload(document, target)
        failed, message = outcome.status == "failed", outcome.message
    else:
        failed, message = True, f"Nothing was uploaded to code scanning: {target}"
    demanded = failed and wish is Upload.ALWAYS
    _say(log, "error" if demanded else "notice", message)
    return not demanded


def _comment(result: Scan, options: Options, run: Event) -> Iterator[str]:
    """Comment on the pull request as far as that is wanted, and say what was not possible."""
    if run.pull is None or run.pull_head is None or not (options.comment or options.file_comments):
        return
    from scanner.collect import pulls  # noqa: PLC0415 - few runs need these
    from scanner.report import comments  # noqa: PLC0415

    repository, token = options.repository or "", options.token
    pull = Pull(repository, run.pull, run.pull_head, token, options.api, run.stranger)
    said = [comments.keep(result, pull)] if options.comment else []
    if options.file_comments:
        files = pulls.changed(pull)
        said.append(
            f"There are no comments on files: {files}"
            if isinstance(files, str)
            else comments.review(result, pull, files)
        )
    yield from filter(None, said)


def _mask(log: TextIO, runner: bool, secret: str) -> None:
    """Tell the runner what to strike out of its logs from now on; nobody else is told."""
    if runner and len(secret) >= SHORTEST:
        log.write(f"::add-mask::{escape.command_exact(secret)}\n")


def _say(log: TextIO, kind: str, message: str) -> None:
    """One annotation of our own."""
    log.write(f"::{kind}::{escape.command_data(escape.visible(message))}\n")
