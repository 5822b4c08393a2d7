"""GitHub's own description of its REST API, as a judge between a client and a fake (npm ``@stoplight/prism-cli``).

``prism proxy --errors`` answers 422 where a request is not as described, and 500 where an answer is not.
"""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from tests.npm import MODULES, package

CODE_SCANNING = (
    "/repos/{owner}/{repo}/code-scanning/sarifs",
    "/repos/{owner}/{repo}/code-scanning/sarifs/{sarif_id}",
)
COMMENTS = (
    "/user",
    "/repos/{owner}/{repo}/issues/{issue_number}/comments",
    "/repos/{owner}/{repo}/issues/comments/{comment_id}",
    "/repos/{owner}/{repo}/pulls/{pull_number}",
    "/repos/{owner}/{repo}/pulls/{pull_number}/files",
    "/repos/{owner}/{repo}/pulls/{pull_number}/comments",
    "/repos/{owner}/{repo}/pulls/comments/{comment_id}",
)


@cache
def _whole() -> Any:
    place = package("@octokit/openapi") / "generated" / "api.github.com.json"
    return json.loads(place.read_text("utf-8"))


def trimmed(paths: Iterable[str]) -> dict[str, Any]:
    """The description with these paths alone, and the components that they lead to."""
    whole = _whole()
    kept: dict[str, Any] = {name: whole[name] for name in ("openapi", "info")}
    kept["paths"] = {path: whole["paths"][path] for path in paths}
    kept["components"] = {}
    todo = [kept["paths"]]
    while todo:
        for reference in re.findall(r'"\$ref": "#/components/(\w+)/([^"]+)"', json.dumps(todo.pop())):
            kind, name = reference
            group = kept["components"].setdefault(kind, {})
            if name not in group:
                group[name] = whole["components"][kind][name]
                todo.append(group[name])
    return kept


def example(name: str) -> Any:
    """An answer that GitHub shows in its description."""
    return _whole()["components"]["examples"][name]["value"]


@contextmanager
def between(upstream: str, paths: Iterable[str], place: Path) -> Iterator[str]:
    """The address of a judge in front of ``upstream``, for the length of the block."""
    program = package("@stoplight/prism-cli") / "dist" / "index.js"
    document = place / "openapi.json"
    document.write_text(json.dumps(trimmed(paths)), "utf-8")
    log = place / "prism.log"
    command = ["node", str(program), "proxy", "--errors", "--port", "0", str(document), upstream]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env={"PATH": os.environ["PATH"]}, cwd=MODULES
        )
    try:
        yield _address(process, log)
    finally:
        process.terminate()
        process.wait(30)


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"listening on (http://127\.0\.0\.1:\d+)", log.read_text("utf-8"))
        if found:
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"prism does not start:\n{log.read_text('utf-8')}")
