"""Where objects are: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import field

from scanner import http
from scanner.collect.artifact import Confide, untold
from scanner.collect.pointer import Pointer
from scanner.secret import Discreet

OBJECTS = 100  # in one request, as many as servers take
_ANSWER = 4 << 20  # bytes
_REDIRECTS = 3
_TYPE = "application/vnd.git-lfs+json"

_SERVER = {
    0: "the server cannot be reached",
    401: "the server wants credentials: pass a `token` that may read the repository's contents",
    403: "the token may not read from it: give the job `permissions: contents: read`",
    404: "the server knows no such repository, or the token cannot see it",
    406: "the server does not speak this protocol",
    410: "the repository has no Git LFS any more",
    413: "the server finds the request too large",
    422: "the server finds the request wrong",
    429: "the server has had too many requests: run the job again later",
    501: "the server has no Git LFS",
    507: "the server has no room left",
    509: "the bandwidth of the account is used up: see its billing settings, or set `lfs: never`",
}
_OBJECT = {
    404: "the server does not have it: whoever committed the pointer has not pushed the object",
    409: "the server knows it by another kind of hash",
    410: "the server has removed it",
    422: "the server finds its pointer wrong",
    429: _SERVER[429],
    509: _SERVER[509],
}


class Server(Discreet, frozen=True):
    """An LFS server: ``url`` ends in ``/info/lfs``; ``private`` are headers for its host alone.
    ``confide`` is told the credentials that it gives for others."""

    SECRET = ("private",)

    url: str
    private: Mapping[str, str] = field(default_factory=dict)
    confide: Confide = untold


class Place(Discreet, frozen=True):
    """Where an object is, and the headers that the server wants to see there."""

    SECRET = ("headers",)

    href: str
    headers: Mapping[str, str] = field(default_factory=dict)


def locate(server: Server, pointers: Iterable[Pointer]) -> dict[Pointer, Place | str]:
    """Where each object is, or why that is not known."""
    asked = sorted(set(pointers), key=lambda pointer: pointer.oid)
    found: dict[Pointer, Place | str] = {}
    for start in range(0, len(asked), OBJECTS):
        found |= _locate(server, asked[start : start + OBJECTS])
    return found


def tell(headers: Mapping[str, str], confide: Confide) -> None:
    """Confide what headers hold: ``Authorization: Basic x`` and ``X-Api-Key: x`` are both about ``x``."""
    for value in headers.values():
        confide(value.rpartition(" ")[2])


def refused(answer: http.Answer) -> str:
    """Why there is no good answer, with what to do about it."""
    meaning = _SERVER.get(answer.status, "the server failed" if answer.status >= 500 else "it is no answer")
    status = f"HTTP {answer.status}: " if answer.status else ""
    return f"{meaning} ({status}{answer.reason})"


def _locate(server: Server, asked: list[Pointer]) -> dict[Pointer, Place | str]:
    """One request, of which every part of the answer is checked."""
    question = {
        "operation": "download",
        "transfers": ["basic"],
        "objects": [{"oid": pointer.oid, "size": pointer.size} for pointer in asked],
        "hash_algo": "sha256",
    }
    headers = {"Accept": _TYPE, "Content-Type": _TYPE}
    body = json.dumps(question).encode()
    request = http.Request(f"{server.url}/objects/batch", headers, server.private, body, _REDIRECTS)
    answer = http.insist(lambda: http.send(request, _ANSWER))
    if answer.status != 200:
        return dict.fromkeys(asked, refused(answer))
    match answer.json:
        case {"transfer": str(transfer)} if transfer != "basic":
            return dict.fromkeys(asked, "the server has another way of transfer only")
        case {"objects": [*objects]}:
            told = {item["oid"]: item for item in objects if isinstance(item, dict) and "oid" in item}
            found = {pointer: _place(pointer, told.get(pointer.oid)) for pointer in asked}
            for place in found.values():
                if isinstance(place, Place):
                    tell(place.headers, server.confide)
            return found
    return dict.fromkeys(asked, "the server's answer is not that of a Git LFS server")


def _place(pointer: Pointer, told: Any) -> Place | str:
    match told:
        case {"error": {"code": int(code), **rest}}:
            meaning = _OBJECT.get(code, "the server does not give it out")
            return f"{meaning} ({code}: {rest.get('message', 'no reason given')})"
        case {"size": int(size)} if size != pointer.size:
            return f"the pointer says {pointer.size:,} bytes, and the server has {size:,}"
        case {"actions": {"download": {"href": str(href), **rest}}}:
            headers = rest.get("header") or {}
            if isinstance(headers, dict) and all(isinstance(value, str) for value in headers.values()):
                return Place(href, headers)
    return "the server does not say where it is"
