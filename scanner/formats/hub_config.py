"""JSON configurations that a hub's libraries act on: chat templates, remote code, kernels, pipelines.

``auto_map`` names the class that ``trust_remote_code`` loads; with ``--`` in it, the code is another
repository's, which can change under its readers. ``_attn_implementation_internal`` loads a kernel without
being asked (CVE-2026-4372). Sources: transformers and diffusers.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.blob import Blob, BytesWindow, Fragment
from scanner.formats import _json
from scanner.limits import Budget
from scanner.site import Trigger

if TYPE_CHECKING:
    from scanner.ir import Program

NAME = "hub-config"
STARTS, SIGN = _json.STARTS, _json.SIGN
TEMPLATES = "chat_template"
REMOTE = "auto_map"
KERNEL = "_attn_implementation_internal"
PIPELINE = "custom_pipeline"
KEYS = (TEMPLATES, REMOTE, KERNEL, PIPELINE)
DEEPEST = 40


def matches(blob: Blob, head: bytes) -> bool:
    """A JSON object with one of the keys that make a library act."""
    document = _json.opened(blob, head)
    if document is None or not any(document.mentions(key) for key in KEYS):
        return False
    return document.long or any(_found(document.value, 0))


def unwrap(blob: Blob, budget: Budget) -> Iterator["Fragment | Program"]:
    """The templates, and a program that fetches what comes from elsewhere."""
    fetched = []
    for key, value in _found(_json.document(blob, budget), 0):
        if key == TEMPLATES:
            for name, template in _templates(value):
                part = blob.inner(name, BytesWindow(template.encode("utf-8", "surrogatepass")))
                yield Fragment("jinja", part, Trigger.RENDER)
        else:
            fetched += [(key, reference) for reference in _texts(value)]
    foreign = [(key, reference) for key, reference in fetched if _elsewhere(key, reference)]
    if foreign:
        yield _fetches(blob, foreign, budget)


def _found(value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """Every entry under one of the keys, at any depth: a configuration holds those of its parts."""
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in KEYS and inner:
                yield key, inner
            yield from _found(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _found(inner, depth + 1)


def _templates(value: Any) -> Iterator[tuple[str, str]]:
    """One template, or several with names."""
    match value:
        case str():
            yield TEMPLATES, value
        case {"name": str() as name, "template": str() as template}:
            yield f"{TEMPLATES}.{name}", template
        case dict():
            for name, template in value.items():
                if isinstance(template, str):
                    yield f"{TEMPLATES}.{name}", template
        case list():
            for inner in value:
                yield from _templates(inner)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)


def _elsewhere(key: str, reference: str) -> bool:
    """Whether what is named is not a file beside this one."""
    if key == REMOTE:
        return "--" in reference
    return "/" in reference.strip("./") or "://" in reference


def _fetches(blob: Blob, references: list[tuple[str, str]], budget: Budget) -> "Program":
    from scanner.irbuilder import Builder, Places  # noqa: PLC0415 - few configurations need it

    build, places = Builder(budget), Places(blob.read_at(0, budget.limits.constant))
    for key, reference in references:
        build.at = places.after(reference)
        build.call(build.name("hub", "kernel" if key == KERNEL else "remote_code"), [build.const(reference)])
    return build.program("hub", blob, "the configuration says where its code is")
