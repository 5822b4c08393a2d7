"""A pull request that people and programs comment on, as GitHub's API shows it."""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes import Asked, Reply
from tests.npm import prism
from tests.report.codescanning import json_reply, refusal

PLACE = "/repos/octo/hello"
BOT = "github-actions[bot]"


@dataclass
class Conversation:
    """Pull request 7, which changes ``files`` and ends at ``head``. ``login`` is whose token it is, None for
    one that may not ask; ``faults`` are the answers to what changes something, while there are any."""

    login: str | None = None
    head: str = "b2" * 20
    files: tuple[str, ...] = ()
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"issues": [], "pulls": []})
    faults: list[Reply] = field(default_factory=list)
    unseen: bool = False
    seen: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        prism.example("pull-request")  # a test that cannot have GitHub's examples is skipped at once

    def says(self, kind: str, login: str, body: str, **more: object) -> dict[str, Any]:
        """Somebody comments."""
        name = "issue-comment" if kind == "issues" else "pull-request-review-comment"
        comment = {**prism.example(name), "id": 100 + len(self.comments[kind]), "body": body, **more}
        comment["user"] = {**comment["user"], "login": login}
        self.comments[kind].append(comment)
        return comment

    def bodies(self, kind: str) -> list[tuple[str, str]]:
        return [(comment["user"]["login"], comment["body"]) for comment in self.comments[kind]]

    def changed(self) -> list[str]:
        """The requests that were to change something."""
        return [f"{asked.method} {asked.path.removeprefix(PLACE)}" for asked in self.seen if asked.body]

    def answer(self, asked: Asked) -> Reply:
        self.seen.append(asked)
        if asked.path == "/user":
            return self._who()
        assert asked.path.startswith(PLACE)
        kind, *rest = asked.path.removeprefix(f"{PLACE}/").partition("?")[0].split("/")
        query = asked.path.partition("?")[2]
        match asked.method, rest:
            case "GET", ["7", "comments"]:
                page = int(query.rpartition("page=")[2])
                listed = self.comments[kind][100 * (page - 1) : 100 * page]
                return refusal(404, "Not Found") if self.unseen else json_reply(200, listed)
            case "GET", ["7"]:
                return json_reply(200, self._pull())
            case "GET", ["7", "files"]:
                (entry, *_) = prism.example("diff-entry-items")
                return json_reply(200, [{**entry, "filename": name} for name in self.files])
            case _ if self.faults:
                return self.faults.pop(0)
            case "POST", ["7", "comments"]:
                more = {name: asked.body[name] for name in asked.body if name in ("path", "subject_type")}
                return json_reply(201, self.says(kind, self.login or BOT, asked.body["body"], **more))
            case "PATCH", ["comments", number]:
                (comment,) = [c for c in self.comments[kind] if c["id"] == int(number)]
                comment["body"] = asked.body["body"]
                return json_reply(200, comment)
        return refusal(404, "Not Found")

    def _pull(self) -> dict[str, Any]:
        pull = prism.example("pull-request")
        head = {**pull["head"], "sha": self.head}
        mended = {"requested_teams": []}  # those of the example lack what the description demands
        return {**pull, "number": 7, "head": head, "changed_files": len(self.files), **mended}

    def _who(self) -> Reply:
        if self.login is None:
            return refusal(403, "Resource not accessible by integration")
        user = prism.example("private-user-response-with-public-profile-information")
        return json_reply(200, {**user, "login": self.login})
