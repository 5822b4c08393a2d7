"""Where heuristic patterns are looked for, and what a fit is told as.

In code that people write, wherever it comes from (a script, a constant that is handed to something that
runs it); and in what nobody reads: a file or a constant of no known format, a script of another
language. Pickles are left out: what they do is known, and their strings are vocabularies.
"""

from collections.abc import Iterator

from scanner.blob import Blob, Fragment
from scanner.facts import Match
from scanner.knowledge.patterns import Source, matcher
from scanner.limits import Limits
from scanner.site import Trigger

WRITTEN = frozenset({"python", "shell", "jinja"})
COMPILED = frozenset({"bytecode"})
SHOWN = 80  # characters of the text that a pattern fits


def in_code(fragment: Fragment, added: tuple[Source, ...], limits: Limits) -> Iterator[Match]:
    """What fits ``fragment``, in lines of source code or bytes of compiled code."""
    if fragment.language in WRITTEN | COMPILED:
        lines = fragment.language in WRITTEN
        yield from _fitting(fragment.blob, fragment.trigger, added, limits, lines=lines)


def in_blob(blob: Blob, names: list[str], added: tuple[Source, ...], limits: Limits) -> Iterator[Match]:
    """What fits ``blob``, whose formats are ``names``, if no reader looks into it.

    The members of containers are left alone unless they say that they are scripts: they are what
    somebody else's reader takes them for, and most of them are numbers.
    """
    script = names == ["text"] and blob.read_at(0, 2) == b"#!"
    unknown = not names and (len(blob.trail) == 1 or bool(blob.steps))
    if script or unknown:
        yield from _fitting(blob, blob.trigger, added, limits, lines=script)


def _fitting(
    blob: Blob, trigger: Trigger, added: tuple[Source, ...], limits: Limits, *, lines: bool
) -> Iterator[Match]:
    data = blob.read_at(0, limits.constant)
    for hit in matcher(added).find(data) if data else ():
        at = hit.offset
        site = blob.site.at(line=data.count(b"\n", 0, at) + 1) if lines else blob.site.at(offset=at)
        text = data[at : at + min(hit.length, SHOWN)].decode("utf-8", "backslashreplace")
        what = hit.pattern
        yield Match(
            name=what.name,
            text=" ".join(text.split()),
            site=site,
            trigger=trigger,
            steps=blob.steps,
            description=what.description,
            rule_id=what.rule_id,
            severity=what.severity,
            precision=what.precision,
            behaviour=what.behaviour,
        )
