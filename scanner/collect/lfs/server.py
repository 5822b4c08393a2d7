"""Which LFS server belongs to a clone: what its configuration says, else what follows from ``origin``.

https://github.com/git-lfs/git-lfs/blob/main/docs/api/server-discovery.md
"""

import base64
import re
from urllib.parse import unquote, urlsplit

from scanner import http
from scanner.collect.artifact import Confide, untold
from scanner.collect.lfs.batch import Server, tell
from scanner.collect.repository import Repository

_SCP = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+):(?P<path>[^/:].*)")


def discover(repository: Repository, trusted: str | None, confide: Confide = untold) -> Server | str:
    """The server, or why there is none to ask; ``confide`` is told what it wants to see, and what it says.

    ``lfs.url`` counts from the clone's own configuration and from the ``.lfsconfig`` of the commit
    ``trusted``, never from that of a change.
    """
    url = repository.setting("--get", "lfs.url") or _committed(repository, trusted)
    if not url:
        url = derive(repository.setting("--get", "remote.origin.url")) or ""
    if not url:
        return "`origin` is reached neither by https nor by ssh, and `lfs.url` is not set"
    url, embedded = _bare(url.rstrip("/"))
    if not http.secure(url):
        return f"the address of the server does not begin with https:// ({url})"
    header = embedded or repository.header(url)
    name, _, value = (header or "").partition(":")
    private = {name.strip(): value.strip()} if header else {}
    tell(private, confide)
    return Server(url, private, confide)


def derive(origin: str) -> str | None:
    """The address that goes with a remote's: by https, whether that is reached by https or by ssh."""
    parts = urlsplit(origin)
    if parts.scheme in ("https", "http"):
        base = origin.rstrip("/")
    elif parts.scheme == "ssh" and parts.hostname:
        base = f"https://{parts.hostname}/{parts.path.strip('/')}"
    elif found := _SCP.fullmatch(origin):
        base = f"https://{found['host']}/{found['path'].strip('/')}"
    else:
        return None
    return f"{base.removesuffix('.git')}.git/info/lfs"


def _committed(repository: Repository, commit: str | None) -> str:
    blob = repository.entry(commit, ".lfsconfig") if commit else None
    return repository.setting_of(blob, "lfs.url") if blob else ""


def _bare(url: str) -> tuple[str, str | None]:
    """A URL without the name and password in it, and those as a header."""
    parts = urlsplit(url)
    who, at, place = parts.netloc.rpartition("@")
    if not at:
        return url, None
    basic = base64.b64encode(unquote(who if ":" in who else f"{who}:").encode()).decode()
    return parts._replace(netloc=place).geturl(), f"Authorization: Basic {basic}"
