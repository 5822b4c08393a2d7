"""What GitHub code scanning refuses in a SARIF file, drops from it, or does not show.

The facts are those of GitHub's "SARIF support for code scanning" and of its REST description, with what
is known to be a trap. This is for the reports of any tool, and no substitute for the schema of the
standard, which takes much that code scanning does not and knows none of the limits.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator

from scanner.report.ingestion.node import Node, Problem
from scanner.report.ingestion.results import check as check_result
from scanner.report.ingestion.rules import check as check_rule

__all__ = ["Problem", "problems"]

GZIPPED = 10_000_000  # bytes
RUNS, EXTENSIONS, RULES = 20, 100, 25_000
RESULTS, RESULTS_SHOWN = 25_000, 5_000


def problems(document: bytes) -> Iterator[Problem]:
    """Everything that is wrong with a SARIF file, in the order of the file."""
    try:
        log = Node(json.loads(document.decode("utf-8")))
    except (ValueError, RecursionError) as error:
        yield Problem("", f"this is not JSON in UTF-8 ({error}); write it with a JSON library", refused=True)
        return
    size = len(gzip.compress(document, mtime=0))
    if size > GZIPPED:
        yield log.refused(
            f"compressed, the file has {size:,} bytes and the limit is {GZIPPED:,}; leave out the mildest "
            "results, or upload in parts under different categories"
        )
    if log.value_of("version") != "2.1.0":
        yield log.refused('version is not "2.1.0"; no other version of SARIF is taken')
    runs = log.rows("runs")
    if not runs:
        yield log.refused("there is no run; a tool that found nothing writes one with `results: []`")
    if len(runs) > RUNS:
        yield log.refused(f"{len(runs)} runs, and the limit is {RUNS}; upload in several files")
    yield from _categories(runs)
    for run in runs:
        yield from _run(run)


def _categories(runs: list[Node]) -> Iterator[Problem]:
    """The category is everything up to the last slash of ``automationDetails.id``."""
    seen: Counter[tuple[str, str]] = Counter()
    for run in runs:
        identifier = run.table("automationDetails").text("id")
        if identifier and "/" not in identifier:
            yield run.table("automationDetails").ignored(
                f"id {identifier!r} has no slash, so that its category is empty; write {identifier + '/'!r}"
            )
        key = run.table("tool").table("driver").text("name"), identifier.rpartition("/")[0]
        seen[key] += 1
        if seen[key] == 2:
            yield run.refused(
                "another run has the same tool and category, and only one is taken; give each its own "
                "`automationDetails.id`, such as `NAME/`"
            )


def _run(run: Node) -> Iterator[Problem]:
    tool = run.table("tool")
    driver, extensions = tool.table("driver"), tool.rows("extensions")
    if not driver.text("name"):
        yield driver.refused("name is missing; say which tool this is")
    if not driver.text("semanticVersion") and not driver.text("version"):
        yield driver.ignored("semanticVersion is missing; without it nobody can tell what changed an alert")
    if len(extensions) > EXTENSIONS:
        yield tool.refused(f"{len(extensions)} extensions, and the limit is {EXTENSIONS}; merge them")
    rules = driver.rows("rules")
    everywhere = [*rules, *(rule for extension in extensions for rule in extension.rows("rules"))]
    if len(everywhere) > RULES:
        yield driver.refused(
            f"{len(everywhere):,} rules, and the limit is {RULES:,}; list those with results"
        )
    known: set[str] = set()
    for rule in everywhere:
        yield from check_rule(rule, known)
    yield from _results(run, rules, known)


def _results(run: Node, rules: list[Node], known: set[str]) -> Iterator[Problem]:
    results = run.rows("results")
    if not isinstance(run.value_of("results"), list):
        yield run.refused("results is missing; a run that found nothing has `results: []`")
    if len(results) > RESULTS:
        yield run.refused(
            f"{len(results):,} results, and the limit is {RESULTS:,}; keep the {RESULTS_SHOWN:,} worst"
        )
    elif len(results) > RESULTS_SHOWN:
        yield run.ignored(
            f"{len(results):,} results, of which {RESULTS_SHOWN:,} are shown; keep the worst and say in a "
            "notification how many were left out"
        )
    seen: Counter[tuple[str, str, str]] = Counter()
    for result in results:
        yield from check_result(result, rules, known, seen)
