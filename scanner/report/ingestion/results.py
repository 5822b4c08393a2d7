"""What code scanning reads of a result."""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote

from scanner.report.ingestion.node import Node, Problem
from scanner.report.ingestion.rules import LEVELS

LOCATIONS = 1_000
FLOW, FLOW_SHOWN = 10_000, 1_000
PRINT = "primaryLocationLineHash"
_URI = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?#\[\]-]|%[0-9A-Fa-f]{2})*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LINK = re.compile(r"(?<!\\)\[[^\]]*\]\((\d+)\)")


def check(
    result: Node, rules: list[Node], known: set[str], seen: Counter[tuple[str, str, str]]
) -> Iterator[Problem]:
    """Problems of one ``result``; ``rules`` are the driver's, ``known`` all ids, ``seen`` those before it."""
    yield from _rule(result, rules, known)
    level = result.value_of("level")
    if level is not None and level not in LEVELS:
        yield result.refused(f"the level {level!r} is none of {', '.join(LEVELS)}")
    yield from _message(result)
    locations = result.rows("locations")
    if not locations:
        yield result.refused("locations is missing or empty; give one, line 1 for a binary")
    if len(locations) > LOCATIONS:
        yield result.refused(f"{len(locations):,} locations, and the limit is {LOCATIONS:,}")
    elif len(locations) > 1:
        yield result.ignored("only the first location is shown; put the others into relatedLocations")
    if locations:
        yield from _location(locations[0])
    yield from _fingerprint(result, locations[:1], seen)
    yield from _flows(result)
    for key in ("suppressions", "baselineState"):
        if result.value_of(key):
            yield result.ignored(
                f"{key} is not read, and this becomes an alert; leave suppressed results out"
            )


def _rule(result: Node, rules: list[Node], known: set[str]) -> Iterator[Problem]:
    reference, index = result.table("rule"), result.number("ruleIndex")
    identifier = result.text("ruleId") or reference.text("id")
    if index is None and "toolComponent" not in reference.value:
        index = reference.number("index")
    if index is not None and index >= 0:
        if index >= len(rules):
            yield result.refused(f"rule index {index} is beyond the {len(rules)} rules of the driver")
            return
        at = rules[index].text("id")
        if identifier and not (identifier == at or identifier.startswith(f"{at}/")):
            yield result.refused(f"ruleId {identifier!r} and the rule at index {index}, {at!r}, differ")
        identifier = identifier or at
    if not identifier and not reference.value:
        yield result.refused("ruleId is missing; say which rule this is")
    elif identifier and identifier not in known and identifier.rpartition("/")[0] not in known:
        yield result.ignored(f"no rule {identifier!r} is listed; the alert has no description and severity")


def _message(result: Node) -> Iterator[Problem]:
    message = result.table("message")
    text = message.text("text")
    if not text:
        yield message.refused("text is missing; Markdown and message ids alone are not taken")
    known = {location.number("id") for location in result.rows("relatedLocations")}
    for number in dict.fromkeys(map(int, (n[:9] for n in _LINK.findall(text)))):
        if number not in known:
            yield message.ignored(f"the link to {number} leads nowhere; no related location has this id")


def _location(location: Node) -> Iterator[Problem]:
    physical = location.table("physicalLocation")
    artifact, region = physical.table("artifactLocation"), physical.table("region")
    yield from _uri(artifact)
    if not region.value:
        yield physical.refused("region is missing; give `startLine: 1` and `endLine: 1` for a binary")
        return
    start, end = region.number("startLine"), region.number("endLine")
    if start is None:
        yield region.refused("startLine is missing; bytes and characters alone are not taken")
    elif start < 1 or (end is not None and end < start):
        yield region.refused(f"lines {start} to {end} are not a region; lines count from 1")
    for key in ("startColumn", "endColumn"):
        column = region.number(key)
        if column is not None and column < 1:
            yield region.refused(f"{key} is {column}; columns count from 1")
    if (end is None or end == start) and (region.number("endColumn") or 1 << 62) < (
        region.number("startColumn") or 1
    ):
        yield region.refused("endColumn comes before startColumn")


def _uri(artifact: Node) -> Iterator[Problem]:
    uri = artifact.text("uri")
    if not uri:
        yield artifact.refused("uri is missing; name the file relative to the root of the repository")
        return
    if not _URI.fullmatch(uri):
        yield artifact.refused(
            f"uri {uri!r} is not percent-encoded; encode spaces, backslashes and non-ASCII"
        )
    parts = unquote(uri, errors="replace").split("/")
    if _SCHEME.match(uri) or uri.startswith("/"):
        yield artifact.ignored(
            f"uri {uri!r} is absolute, and matches only below `checkout_uri`; make it relative"
        )
    elif ".." in parts or "." in parts:
        yield artifact.ignored(f"uri {uri!r} has parts that are dots; resolve them")


def _fingerprint(
    result: Node, locations: list[Node], seen: Counter[tuple[str, str, str]]
) -> Iterator[Problem]:
    prints = result.table("partialFingerprints")
    mark = prints.text(PRINT)
    if not mark:
        yield result.ignored(
            f"partialFingerprints.{PRINT} is missing, and uploads by the API get none: alerts close and open "
            "again with every change of the file"
        )
        return
    uri = "".join(row.table("physicalLocation").table("artifactLocation").text("uri") for row in locations)
    key = result.text("ruleId") or str(result.number("ruleIndex")), uri, mark
    seen[key] += 1
    if seen[key] == 2:
        yield prints.ignored(
            f"another result of this rule in {uri!r} has the same {PRINT}, {mark!r}; one alert is made"
        )


def _flows(result: Node) -> Iterator[Problem]:
    count = sum(
        len(thread.rows("locations"))
        for flow in result.rows("codeFlows")
        for thread in flow.rows("threadFlows")
    )
    if count > FLOW:
        yield result.refused(f"{count:,} thread flow locations, and the limit is {FLOW:,}; keep both ends")
    elif count > FLOW_SHOWN:
        yield result.ignored(f"{count:,} thread flow locations, of which {FLOW_SHOWN:,} are shown")
