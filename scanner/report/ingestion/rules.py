"""What code scanning reads of a rule."""

from collections.abc import Iterator

from scanner.report.ingestion.node import Node, Problem

NAME, DESCRIPTION = 255, 1_024  # characters
TAGS, TAGS_SHOWN = 20, 10
LEVELS = ("error", "none", "note", "warning")
WORDS = {
    "precision": ("very-high", "high", "medium", "low"),
    "problem.severity": ("error", "warning", "recommendation"),
}


def check(rule: Node, known: set[str]) -> Iterator[Problem]:
    """Problems of one ``reportingDescriptor``; its id is added to ``known``."""
    identifier = rule.text("id")
    if not identifier:
        yield rule.refused("id is missing; results refer to it")
    elif identifier in known:
        yield rule.refused(f"another rule has the id {identifier!r}; list each rule once")
    known.add(identifier)
    if len(rule.text("name")) > NAME:
        yield rule.ignored(f"name has more than {NAME} characters; shorten it")
    for key in ("shortDescription", "fullDescription"):
        yield from _description(rule, key)
    if rule.value_of("help") is not None and not rule.table("help").text("text"):
        yield rule.refused("help has no text; Markdown alone is not taken, give both")
    level = rule.table("defaultConfiguration").value_of("level")
    if level is not None and level not in LEVELS:
        yield rule.refused(f"the default level {level!r} is none of {', '.join(LEVELS)}")
    yield from _properties(rule.table("properties"))


def _description(rule: Node, key: str) -> Iterator[Problem]:
    words = rule.table(key).text("text")
    if not words:
        yield rule.ignored(f"{key} has no text; the list of alerts shows it")
    elif len(words) > DESCRIPTION:
        yield rule.ignored(f"{key} has {len(words):,} characters and is cut at {DESCRIPTION:,}; shorten it")


def _properties(properties: Node) -> Iterator[Problem]:
    tags = [row.value for row in properties.rows("tags")]
    if len(tags) > TAGS:
        yield properties.refused(f"{len(tags)} tags, and the limit is {TAGS}; put the best first")
    elif len(tags) > TAGS_SHOWN:
        yield properties.ignored(f"{len(tags)} tags, of which {TAGS_SHOWN} are shown; put the best first")
    for key, words in WORDS.items():
        value = properties.value_of(key)
        if value is not None and value not in words:
            yield properties.ignored(f"{key} {value!r} is none of {', '.join(words)}")
    if "security-severity" in properties.value:
        yield from _severity(properties, tags)


def _severity(properties: Node, tags: list[object]) -> Iterator[Problem]:
    value = properties.value_of("security-severity")
    try:
        number = float(value) if isinstance(value, str) else None
    except ValueError:
        number = None
    if number is None:
        yield properties.refused(f'security-severity {value!r} is not a number as a string, such as "8.0"')
    elif not 0 < number <= 10:
        yield properties.refused(f"security-severity {value!r} is not above 0.0 and at most 10.0")
    elif number == 9:
        yield properties.ignored(
            'security-severity "9.0" is between high and critical, and undefined; write "8.9" or "9.1"'
        )
    if "security" not in tags:
        yield properties.ignored('security-severity counts only with the tag "security"; add it')
