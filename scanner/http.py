"""HTTP for the two things that need it: GitHub's API and Git LFS. Nothing else opens a connection.

A token goes to the host that it was meant for and nowhere else: requests are made by https (or to this
machine), redirects are followed only where the caller allows them, and what is private is left behind
when one leads to another host. Nothing here raises: no answer is an answer of status 0.
"""

import base64
import contextlib
import http.client
import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from scanner.secret import Discreet

TIMEOUT = 60  # seconds without a byte
_CHUNK = 1 << 16
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_MOVED = {301, 302, 303, 307, 308}
_KEEPING = {307, 308}  # those that repeat a request which has a body
_PASSING = {0, 408, 429, 500, 502, 503, 504}
_PAUSES = (2, 4, 8)  # seconds to wait after a fault of the server or of the network
_LONGEST = 60  # seconds
_MALFORMED = b"its address, or one of its headers, is malformed"
ATTEMPTS = len(_PAUSES) + 1

_Origin = tuple[str, str, int]  # scheme, host, port

Sink = Callable[[bytes], object]
"""Takes a body piece by piece; an OSError from it ends the exchange."""

Accept = Callable[[int, Mapping[str, str]], Sink]
"""Sees the status and the headers of a 2xx answer and says where its body goes, or raises OSError."""


class Request(Discreet, frozen=True):
    """``private`` are headers for the host of ``url`` alone; ``method`` is that of a request with a body,
    any other one is a ``GET``."""

    SECRET = ("private",)

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    private: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    redirects: int = 0
    method: str = "POST"


class Answer(Struct, frozen=True):
    """A status (0: there was none, and ``body`` says why), lower-case header names, a bounded body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        """The body as JSON; None when it is something else."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in _PASSING

    @property
    def patience(self) -> int:
        """Seconds that the other side asks us to wait, as far as we are ready to."""
        asked = self.headers.get("retry-after", "")
        return min(int(asked), _LONGEST) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0

    @property
    def reason(self) -> str:
        """What the other side says, as it says it."""
        told = self.json
        said = told.get("message") if isinstance(told, dict) else None
        if self.status == 0:
            said = self.body.decode("utf-8", "replace")
        return str(said or "no reason given")


class Connections:
    """Those that are kept open, one for each origin, for requests that follow each other in one thread."""

    def __init__(self) -> None:
        self._kept: dict[_Origin, http.client.HTTPConnection] = {}

    def close(self) -> None:
        """End all of them; they begin again with the next request."""
        while self._kept:
            self._kept.popitem()[1].close()

    def exchange(self, request: Request, most: int, accept: Accept | None) -> Answer:
        """One request and its answer, whatever the status. OSError, HTTPException or ValueError if there
        is none."""
        origin = _origin(urlsplit(request.url))
        connection, response = self._ask(origin, request)
        try:
            headers = {name.lower(): value for name, value in response.headers.items()}
            sink = accept(response.status, headers) if accept and response.status // 100 == 2 else None
            answer = Answer(response.status, headers, _body(response, most, sink))
        except BaseException:  # what is left of this answer must not be taken for the next one
            connection.close()
            raise
        if not response.will_close:
            self._kept[origin] = connection
        return answer

    def _ask(
        self, origin: _Origin, request: Request
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        kept = self._kept.pop(origin, None)
        if kept is not None and request.body is None:  # what changes something is not sent twice
            try:
                return kept, _asked(kept, request)
            except ConnectionError:  # the other side has closed it meanwhile
                pass
        if kept is not None:
            kept.close()
        connection = _connection(origin)
        try:
            return connection, _asked(connection, request)
        except BaseException:
            connection.close()
            raise


def secure(url: str) -> bool:
    """Whether a token may travel to ``url``: by https, or without leaving this machine."""
    try:
        parts = urlsplit(url)
        return _origin(parts)[2] > 0 and (parts.scheme == "https" or _local(parts))
    except ValueError:
        return False


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs name the same scheme, host and port."""
    try:
        return _origin(urlsplit(one)) == _origin(urlsplit(other))
    except ValueError:
        return False


def send(
    request: Request, most: int, accept: Accept | None = None, connections: Connections | None = None
) -> Answer:
    """One exchange. Of the body at most ``most`` bytes are taken; more is no answer.

    With ``accept`` the body of a 2xx answer goes where that says, and the answer has none. Without
    ``connections`` to keep it open, a connection ends with its answer.
    """
    if connections is None:
        with contextlib.closing(Connections()) as own:
            return send(request, most, accept, own)
    answer = _send(request, most, accept, connections)
    for _ in range(request.redirects):
        if answer.status not in _MOVED or (request.body is not None and answer.status not in _KEEPING):
            break
        target = _target(request.url, answer.headers.get("location", ""))
        if target is None:
            return Answer(0, {}, b"it redirects to where no request of ours may go")
        if not same_origin(request.url, target):
            request = replace(request, private={})
        request = replace(request, url=target)
        answer = _send(request, most, accept, connections)
    return answer


def insist(request: Callable[[], Answer], sleep: Callable[[float], object] = time.sleep) -> Answer:
    """The first answer that repeating would not change, or the last of :data:`ATTEMPTS`."""
    for pause in _PAUSES:
        answer = request()
        if not answer.passing:
            return answer
        sleep(max(pause, answer.patience))
    return request()


def _send(request: Request, most: int, accept: Accept | None, connections: Connections) -> Answer:
    if not secure(request.url):
        return Answer(0, {}, b"its address does not begin with https://")
    try:
        return connections.exchange(request, most, accept)
    except http.client.InvalidURL:  # whose message quotes what may be a secret, as that of a ValueError
        return Answer(0, {}, _MALFORMED)
    except (OSError, http.client.HTTPException) as error:  # a certificate's error is a ValueError as well
        return Answer(0, {}, (str(error) or type(error).__name__).encode("utf-8", "replace"))
    except ValueError:
        return Answer(0, {}, _MALFORMED)


def _asked(connection: http.client.HTTPConnection, request: Request) -> http.client.HTTPResponse:
    parts = urlsplit(request.url)
    place = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"User-Agent": "modelgate", **request.headers, **request.private}
    connection.request("GET" if request.body is None else request.method, place, request.body, headers)
    return connection.getresponse()


def _connection(origin: _Origin) -> http.client.HTTPConnection:
    """A new one: direct, or by https through the proxy that the environment names."""
    scheme, host, port = origin
    if scheme == "http":  # to this machine
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    named = urllib.request.getproxies().get("https", "")
    proxy = urlsplit(named if "://" in named else f"//{named}")
    if proxy.hostname is None or urllib.request.proxy_bypass(host):
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT)
    connection = http.client.HTTPSConnection(proxy.hostname, proxy.port or 80, timeout=TIMEOUT)
    who = proxy.netloc.rpartition("@")[0]
    basic = base64.b64encode(unquote(who).encode()).decode()
    connection.set_tunnel(host, port, {"Proxy-Authorization": f"Basic {basic}"} if who else {})
    return connection


def _body(response: http.client.HTTPResponse, most: int, sink: Sink | None) -> bytes:
    """All of a body, which is told from the beginning of one by its announced length."""
    kept: list[bytes] = []
    left = most
    while data := response.read(min(_CHUNK, left + 1)):
        left -= len(data)
        if left < 0:
            raise OSError(f"the answer is longer than {most:,} bytes")
        (sink or kept.append)(data)
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > most - left:
        raise OSError(f"the answer broke off after {most - left:,} bytes")
    return b"".join(kept)


def _target(url: str, location: str) -> str | None:
    """Where a redirect leads, unless that is nowhere or less secure than ``url``."""
    try:
        target = urljoin(url, location)
        weaker = urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https"
    except ValueError:
        return None
    return target if location and secure(target) and not weaker else None


def _origin(parts: SplitResult) -> _Origin:
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    return parts.scheme, (parts.hostname or "").lower(), port if parts.hostname else 0


def _local(parts: SplitResult) -> bool:
    return parts.scheme == "http" and parts.hostname in _LOCAL
