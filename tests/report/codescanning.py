"""A small code scanning service that takes reports, needs a while, and remembers."""

import base64
import gzip
from dataclasses import dataclass, field

from scanner.report.ingestion import problems
from tests.fakes import Asked, Reply

PLACE = "/repos/octo/hello/code-scanning/sarifs"
ID = "47177e22-5596-11eb-80a1-c1e54ef945c6"


@dataclass
class CodeScanning:
    """A service that takes reports, needs a while, and remembers; ``faults`` are answered first."""

    faults: list[Reply] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    states: list[Reply] = field(default_factory=list)
    seen: list[Asked] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        self.seen.append(asked)
        if self.faults:
            return self.faults.pop(0)
        if asked.method == "GET":
            return self.states.pop(0) if self.states else json_reply(200, {"processing_status": "complete"})
        self.taken.append(gzip.decompress(base64.b64decode(asked.body["sarif"])))
        found = [problem.message for problem in problems(self.taken[-1]) if problem.refused]
        if found:
            self.states.append(json_reply(200, {"processing_status": "failed", "errors": found}))
        return json_reply(202, {"id": ID, "url": f"https://api.github.com{PLACE}/{ID}"})


def json_reply(status: int, body: object) -> Reply:
    return Reply(status, body, {"Content-Type": "application/json"})


def refusal(status: int, message: str) -> Reply:
    return json_reply(status, {"message": message, "documentation_url": "https://docs.github.com/rest"})
