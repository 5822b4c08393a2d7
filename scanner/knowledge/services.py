"""Whose token it is: a secret that goes to the service that it is for has not been stolen."""

import re
from collections.abc import Collection
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "services.txt"
_HOST = re.compile(r"://(?:[^/@\s]*@)?([\w.-]+)|^([\w-]+(?:\.[\w-]+)+)")
_WORD = re.compile(r"[a-z0-9]+")
_COMMON = frozenset({
    "api", "app", "auth", "co", "com", "data", "get", "http", "https", "io", "key", "net", "org", "pat",
    "secret", "test", "the", "token", "www",
})  # fmt: skip


@cache
def _homes() -> dict[str, tuple[str, ...]]:
    rows = (line.partition(":") for line in _FILE.read_text("utf-8").splitlines() if line[:1] != "#")
    return {word: tuple(hosts.split()) for words, _, hosts in rows for word in words.split()}


def homes(secret: str) -> tuple[str, ...] | None:
    """The hosts that a secret is for, by the name of its variable, file or reader; None if nobody knows."""
    text = secret.lower()
    known = _homes()
    found = [known[word] for word in (*_WORD.findall(text), *re.findall(r"\w+", text)) if word in known]
    return next((hosts for hosts in found if hosts), found[0] if found else None)


def at_home(secret: str, texts: Collection[str], callee: str) -> bool | None:
    """Whether the secret goes to the service that it is for; None if that is not known, or may be either.

    ``texts`` are what the call is handed, with URLs in them; ``callee`` is the function, whose package may be
    the service's own client.
    """
    hosts = {(a or b).lower().rstrip(".") for text in texts for a, b in _HOST.findall(text)}
    meant = homes(secret)
    package = callee.partition(".")[0].lower()
    if not hosts:
        own = {package, *_WORD.findall(package)}
        known = {word for word in own if homes(word) == meant} if meant else own
        return True if known & {*_WORD.findall(secret.lower())} or (meant and known) else None
    if meant is not None:
        found = {any(host == home or host.endswith(f".{home}") for home in meant) for host in hosts}
        return found.pop() if len(found) == 1 else None
    words = {*_WORD.findall(secret.lower())} - _COMMON
    return True if all(words & ({*_WORD.findall(host)} - _COMMON) for host in hosts) else None
