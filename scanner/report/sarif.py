"""SARIF 2.1.0 for GitHub code scanning, and for any other reader of the standard.

The same input gives the same bytes: no times, no random identifiers, no absolute paths of our own.
What GitHub reads, limits and ignores is described in its "SARIF support for code scanning".
"""

import gzip
import json
import posixpath
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import sarif_om as om

from scanner.finding import Finding, Severity
from scanner.report import Card, Notice, Scan, escape, fingerprint, pages
from scanner.site import Site, Step

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://github.com/modelgate/modelgate"
CATEGORY = "modelgate/"
RESULTS = 5_000  # of 25,000 that GitHub takes, those that it shows
POINTED = 2  # line of a Git LFS pointer that a change of the object touches
GZIPPED = 10_000_000  # bytes of a whole file, compressed
FLOW = 1_000  # thread-flow locations of one result, likewise
DESCRIPTION = 990  # characters, of 1,024
MESSAGE = 4_000  # characters of one paragraph of a message
_KEPT_DEFAULTS = {"level"}  # without it, a result takes the level of its rule, not the standard's default


def render(scan: Scan) -> str:
    """The scan as SARIF text in ASCII, ending in a newline, with as many results as GitHub takes."""
    results = min(len(scan.findings), RESULTS)
    while True:
        log = om.SarifLog(schema_uri=SCHEMA, version="2.1.0", runs=[_run(scan, results)])
        document = escape.json_log(json.dumps(_plain(log), indent=2)) + "\n"
        if not results or len(document) <= GZIPPED or len(gzip.compress(document.encode())) <= GZIPPED:
            return document
        results //= 2


def uri(path: str) -> str:
    """A path as a URI reference: relative to the root of the repository, percent-encoded bytes."""
    name = posixpath.normpath(path)
    try:
        encoded = quote(name.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # not a name that any file system gave us, but no reason to fail
        encoded = quote(name.encode("utf-8", "surrogatepass"))
    return f"file://{encoded}" if encoded.startswith("/") else encoded


def _plain(value: object) -> Any:
    """An object of :mod:`sarif_om` as JSON values, without what equals the standard's default."""
    fields = getattr(type(value), "__attrs_attrs__", None)
    if fields is None:
        if isinstance(value, dict):
            return {k: _plain(v) for k, v in value.items()}
        return [_plain(v) for v in value] if isinstance(value, list) else value
    found = {}
    for field in fields:
        inner = getattr(value, field.name)
        default = getattr(field.default, "factory", lambda field=field: field.default)()
        if inner is not None and (inner != default or field.name in _KEPT_DEFAULTS):
            found[field.metadata["schema_property_name"]] = _plain(inner)
    return found


def _run(scan: Scan, results: int) -> om.Run:
    shown = scan.findings[:results]
    index = {card.rule.id: i for i, card in enumerate(scan.cards)}
    prints = _fingerprints(scan, shown)
    driver = om.ToolComponent(
        name="modelgate",
        semantic_version=scan.version,
        information_uri=HOME,
        rules=[_rule(card) for card in scan.cards],
    )
    invocation = om.Invocation(
        execution_successful=scan.exit_code != 3,
        tool_execution_notifications=[_notification(n) for n in _notices(scan, results)] or None,
    )
    return om.Run(
        tool=om.Tool(driver=driver),
        automation_details=om.RunAutomationDetails(id=CATEGORY),
        invocations=[invocation],
        results=[
            _pointing(_result(f, index.get(f.rule, -1), prints[i]), scan.pointers)
            for i, f in enumerate(shown)
        ],
    )


def _rule(card: Card) -> om.ReportingDescriptor:
    rule = card.rule
    page = pages.render(card)
    tags = ["security", *(f"external/cwe/cwe-{n:03d}" for n in rule.cwe), *rule.attack, *rule.atlas]
    kind = "recommendation" if rule.severity is Severity.NOTE else str(rule.severity)
    first = " ".join(card.page.strip().partition("\n\n")[0].split()) or f"{rule.title}."
    return om.ReportingDescriptor(
        id=rule.id,
        name="".join(word.capitalize() for word in rule.id.split("-")),
        short_description=om.MultiformatMessageString(text=f"{rule.title}."),
        full_description=om.MultiformatMessageString(text=escape.clip(first, DESCRIPTION)),
        help=om.MultiformatMessageString(text=page, markdown=page),
        default_configuration=om.ReportingConfiguration(level=str(rule.severity)),
        properties={
            "tags": tags[:20],
            "precision": rule.precision.value,
            "problem.severity": kind,
            "security-severity": f"{rule.security_severity:.1f}",
        },
    )


def _result(finding: Finding, rule_index: int, print_: str) -> om.Result:
    properties = {"behaviour": finding.behaviour.value}
    if finding.callee is not None:
        properties["callee"] = escape.sarif(finding.callee)
    return om.Result(
        rule_id=finding.rule,
        rule_index=rule_index,
        level=str(finding.severity),
        message=_message(finding),
        locations=[_location(_anchor(finding), finding.site, finding.end)],
        code_flows=_code_flows(finding.steps),
        partial_fingerprints={"primaryLocationLineHash": print_},
        properties=properties,
    )


def _pointing(result: om.Result, pointers: Collection[str]) -> om.Result:
    """The result with the lines that the repository has where Git LFS keeps the content."""
    flows = [flow.locations for code in result.code_flows or () for flow in code.thread_flows]
    places = [*result.locations, *(step.location for steps in flows for step in steps)]
    uris = {uri(path) for path in pointers}
    for place in places:
        if place.physical_location.artifact_location.uri in uris:
            region = place.physical_location.region
            region.start_line = region.end_line = POINTED
    return result


def _message(finding: Finding) -> om.Message:
    """The sentence, the place when it lies deeper than a line of a file, and the evidence."""
    message, place = escape.clip(finding.message, MESSAGE), str(finding.site)
    text, marked = [escape.sarif(message)], [escape.markdown(message)]
    if len(finding.site.trail) > 1 or finding.site.offset is not None:
        text.append(f"In {escape.sarif(place)}")
        marked.append(f"In {escape.markdown(place)}")
    if finding.evidence:
        text.append(escape.sarif_block(escape.clip(finding.evidence, MESSAGE)))
        marked.append(escape.markdown_block(escape.clip(finding.evidence, MESSAGE)))
    return om.Message(text="\n\n".join(text), markdown="\n\n".join(marked))


def _anchor(finding: Finding) -> Site:
    """Where in the top-level file to point: for a payload inside a constant of a script, the step
    of that script that leads to it."""
    if len(finding.site.trail) == 1:
        return finding.site
    outer = [s.site for s in finding.steps if s.site.trail == finding.site.trail[:1]]
    return outer[-1] if outer else Site(finding.site.trail[:1])


def _location(anchor: Site, site: Site, end: int | None = None, text: str | None = None) -> om.Location:
    """A place in a top-level file, with the nested trail as a logical location.

    A region always has a line, because GitHub refuses one without; binaries also say which bytes.
    """
    line = anchor.line or 1
    region = om.Region(start_line=line)
    if anchor.line is None:
        region.end_line = 1
    if anchor.offset is not None:
        region.byte_offset = anchor.offset
        region.byte_length = end - anchor.offset if end and anchor == site and end > anchor.offset else None
    nested = om.LogicalLocation(fully_qualified_name=escape.sarif(str(site)), kind="member")
    return om.Location(
        physical_location=om.PhysicalLocation(
            artifact_location=om.ArtifactLocation(uri=uri(anchor.path)), region=region
        ),
        logical_locations=[nested] if len(site.trail) > 1 else None,
        message=om.Message(text=escape.sarif(text)) if text else None,
    )


def _code_flows(steps: Sequence[Step]) -> list[om.CodeFlow] | None:
    """The steps as one thread flow; of a very long one both ends are kept."""
    if not steps:
        return None
    if len(steps) > FLOW:
        steps = (*steps[: FLOW // 2], *steps[-(FLOW // 2) :])
    places = []
    for step in steps:
        anchor = step.site if len(step.site.trail) == 1 else Site(step.site.trail[:1])
        places.append(om.ThreadFlowLocation(location=_location(anchor, step.site, text=step.text)))
    return [om.CodeFlow(thread_flows=[om.ThreadFlow(locations=places)])]


def _fingerprints(scan: Scan, findings: Sequence[Finding]) -> list[str]:
    """One per finding: of the line, if it stands in a readable script, else of its identity."""
    lines: dict[str, set[int]] = defaultdict(set)
    for anchor in map(_anchor, findings):
        if anchor.line is not None:
            lines[anchor.path].add(anchor.line)
    hashes: dict[tuple[str, int], str] = {}
    for path, numbers in lines.items():
        text = scan.text_of(path)
        if text is not None:
            hashes |= {(path, n): h for n, h in fingerprint.line_hashes(text, numbers).items()}
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for finding in findings:
        anchor = _anchor(finding)
        line_hash = hashes.get((anchor.path, anchor.line or 0))
        if line_hash is None:
            identity = finding.identity or (*finding.site.trail[1:], finding.callee or finding.message)
            digest = fingerprint.identity_hash(finding.rule, identity)
            seen[anchor.path, digest] += 1
            line_hash = f"{digest}:{seen[anchor.path, digest]}"
        found.append(line_hash)
    return found


def _notices(scan: Scan, results: int) -> Iterator[Notice]:
    """What was said about the scan, what failed, and what this report leaves out."""
    yield from scan.notices
    yield from scan.failures
    left_out = len(scan.findings) - results
    if left_out > 0:
        yield Notice(
            Severity.WARNING, f"{left_out:,} findings are left out: the {results:,} worst are reported."
        )


def _notification(notice: Notice) -> om.Notification:
    locations = [_location(Site((notice.path,)), Site((notice.path,)))] if notice.path else None
    return om.Notification(
        level=str(notice.severity),
        message=om.Message(text=escape.sarif(escape.clip(notice.message, MESSAGE))),
        locations=locations,
    )
