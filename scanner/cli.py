"""The command line: ``python -m scanner scan|diff|rules|explain|check-sarif``.

Exit code 0: nothing at or above the threshold; 1: something is; 2: wrong use or configuration, with the
fix in the message; 3: our own fault; 130: interrupted.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from scanner import __version__, config, policy
from scanner.errors import ConfigError
from scanner.pipeline import cards, scan
from scanner.process import Started
from scanner.report import Scan, escape, text

_PROBLEMS = 100  # that check-sarif prints
FORMATS = ("text", "json", "jsonl", "sarif", "html", "gitlab", "gitlab-sast")
COLUMNS = 80  # of help where there is no terminal


def main(arguments: Sequence[str] | None = None, ahead: Started | None = None) -> int:
    """Run one command and return the exit code; ``ahead`` is a worker that has been started already."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    options = _parser().parse_args(arguments, argparse.Namespace(ahead=ahead))
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except ConfigError as error:
        return _complain(str(error), policy.USAGE)
    except KeyboardInterrupt:
        return _complain("interrupted", policy.INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would stumble over it once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return policy.FAULT
    except Exception:
        import traceback  # noqa: PLC0415

        for line in traceback.format_exc().splitlines():
            print(escape.terminal(line), file=sys.stderr)
        return _complain("this is a defect of modelgate; please report the lines above", policy.FAULT)
    return code


class _Parser(argparse.ArgumentParser):
    """One whose help is as wide as the terminal. argparse makes a formatter for every argument, which
    measures with ``shutil``, and that imports every compression there is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_formatter, **options)


def _formatter(prog: str) -> argparse.HelpFormatter:
    try:
        columns = int(os.environ.get("COLUMNS") or os.get_terminal_size(sys.stdout.fileno()).columns)
    except (OSError, ValueError):
        columns = 0
    return argparse.HelpFormatter(prog, width=(columns if columns > 0 else COLUMNS) - 2)


def _parser() -> _Parser:
    parser = _Parser(
        prog="python -m scanner",
        description="Say what checkpoints and dataset scripts would do when they are loaded.",
    )
    parser.add_argument("--version", action="version", version=f"modelgate {__version__}")
    # Without `prog`, argparse makes one more formatter to find it out.
    commands = parser.add_subparsers(required=True, metavar="COMMAND", prog=parser.prog)

    command = commands.add_parser("scan", help="scan files and directories")
    command.add_argument("paths", nargs="+", metavar="PATH", help="a file or directory")
    command.set_defaults(base=None, head=None)
    _add_options(command)

    command = commands.add_parser("diff", help="scan what one revision brings to another")
    command.add_argument("paths", nargs="*", metavar="PATH", help="glob that narrows the changed files")
    command.add_argument("--base", required=True, metavar="REV", help="the revision to compare with")
    command.add_argument("--head", default="HEAD", metavar="REV", help="the revision to scan (HEAD)")
    _add_options(command)

    command = commands.add_parser("rules", help="list the rules")
    command.set_defaults(run=_rules)

    command = commands.add_parser("explain", help="print the page of a rule, or what a callable does")
    command.add_argument("rule", metavar="RULE-ID|CALLABLE", help="a word that `rules` lists, a dotted name")
    command.set_defaults(run=_explain)

    command = commands.add_parser("check-sarif", help="say what GitHub code scanning would not take")
    command.add_argument("file", metavar="FILE", help="a SARIF file of any tool")
    command.set_defaults(run=_check_sarif)
    return parser


def _add_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--format", choices=FORMATS, default="text", help="form of the report (text)")
    add("--output", metavar="FILE", help="write the report there instead of to standard output")
    add("--fail-on", metavar="LEVEL", help="error, warning, note or never: exit 1 from there on (error)")
    add("--fail-on-existing", metavar="BOOL", help="whether what the base has already counts, too (true)")
    add(
        "--lfs",
        metavar="WHEN",
        help="auto or never: whether the content of Git LFS pointers is fetched (auto)",
    )
    add("--exclude", action="append", default=[], metavar="GLOB", help="leave matching paths out")
    add("--jobs", metavar="N", help="files examined at the same time (as many as there are cores)")
    add("--timeout", metavar="SECONDS", help="wall clock for one file (120)")
    add("--config", metavar="FILE", help="configuration file (.github/modelgate.toml, modelgate.toml)")
    add(
        "--patterns",
        action="append",
        default=[],
        metavar="DIR",
        help="folder of YARA rules to match beside those that come along",
    )
    command.set_defaults(run=_scan)


def _scan(arguments: argparse.Namespace) -> int:
    options = config.build(
        paths=arguments.paths,
        base=arguments.base,
        head=arguments.head,
        fail_on=arguments.fail_on,
        fail_on_existing=arguments.fail_on_existing,
        lfs=arguments.lfs,
        excludes=arguments.exclude,
        seconds=arguments.timeout,
        jobs=arguments.jobs,
        config=arguments.config,
        patterns="\n".join(arguments.patterns),
    )
    render = _renderer(arguments.format)  # while the worker gets ready
    with text.Progress(sys.stderr) as progress:
        result = scan(options, progress, arguments.ahead)
    if arguments.format != "text":  # it has a place for them
        for notice in result.notices:
            _complain(notice.message, 0)
    if arguments.output is None:
        sys.stdout.write(render(result, text.wants_colour(sys.stdout, os.environ)))
    else:
        _write(arguments.output, render(result, False))
    return result.exit_code


def _renderer(form: str) -> Callable[[Scan, bool], str]:
    """What makes the report, given whether it may have colours."""
    # Imported on demand: each of these costs a short scan more than its own work does.
    match form:
        case "sarif":
            from scanner.report import sarif  # noqa: PLC0415

            return lambda result, _: sarif.render(result)
        case "html":
            from scanner.report import html  # noqa: PLC0415

            return lambda result, _: html.render(result)
        case "gitlab":
            from scanner.report import gitlab  # noqa: PLC0415

            return lambda result, _: gitlab.render(result)
        case "gitlab-sast":
            from scanner.report import gitlab_sast  # noqa: PLC0415

            return lambda result, _: gitlab_sast.render(result)
        case "json" | "jsonl":
            from scanner.report import records  # noqa: PLC0415

            return lambda result, _: records.document(result) if form == "json" else records.jsonl(result)
    return lambda result, colour: text.render(result, colour=colour)


def _write(name: str, document: str) -> None:
    try:
        Path(name).write_text(document, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ConfigError(f"cannot write --output {name}: {error.strerror or error}") from error


def _rules(_: argparse.Namespace) -> int:
    known = sorted((card.rule for card in cards()), key=lambda rule: (-rule.severity, rule.id))
    width = max((len(rule.id) for rule in known), default=0)
    for rule in known:
        print(f"{rule.id:{width}}  {rule.severity!s:7}  {rule.title}")
    return policy.PASS


def _explain(arguments: argparse.Namespace) -> int:
    import difflib  # noqa: PLC0415

    from scanner.report import callables, pages  # noqa: PLC0415

    if "." in arguments.rule:
        for line in callables.lines(arguments.rule):
            print(escape.terminal(line))
        return policy.PASS
    known = {card.rule.id: card for card in cards()}
    if arguments.rule not in known:
        near = difflib.get_close_matches(arguments.rule, known, n=1)
        hint = f"did you mean {near[0]}?" if near else "`python -m scanner rules` lists all of them"
        raise ConfigError(f"there is no rule {arguments.rule!r}; {hint}")
    print(pages.render(known[arguments.rule]))
    return policy.PASS


def _check_sarif(arguments: argparse.Namespace) -> int:
    """Exit 1 when the whole file would be refused; what is merely ignored is told."""
    from scanner.report import ingestion  # noqa: PLC0415

    try:
        document = Path(arguments.file).read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {arguments.file}: {error.strerror or error}") from error
    found = list(ingestion.problems(document))
    for problem in found[:_PROBLEMS]:
        kind = "refused" if problem.refused else "ignored"
        print(escape.terminal(f"{kind}: {problem.place or '/'}: {problem.message}"))
    if len(found) > _PROBLEMS:
        print(f"and {len(found) - _PROBLEMS:,} more")
    refused = any(problem.refused for problem in found)
    problems = "1 problem" if len(found) == 1 else f"{len(found):,} problems"
    print(f"{problems}; GitHub {'would refuse' if refused else 'would take'} this file")
    return policy.FAIL if refused else policy.PASS


def _complain(message: str, code: int) -> int:
    print(f"modelgate: {escape.terminal(message)}", file=sys.stderr)
    return code
