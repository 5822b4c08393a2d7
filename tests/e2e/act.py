"""act, which runs workflow files on a local container engine, and what comes of a run."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.engine import ROOT

EXAMPLE = (ROOT / "docs/examples/pull-request.yml").read_text("utf-8")
WORKFLOW = ".github/workflows/modelgate.yml"
AFTERWARDS = """\
      - if: always()
        run: |
          echo 'verdict=${{ steps.modelgate.outputs.verdict }};'
          echo 'findings=${{ steps.modelgate.outputs.findings }};'
          echo 'sarif-file=${{ steps.modelgate.outputs.sarif-file }};'
          echo 'step=${{ steps.modelgate.outcome }};'
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a workflow: whether it was green, its log, its outputs, the report."""

    green: bool
    log: str
    outputs: dict[str, str]
    sarif: dict[str, list[dict[str, list[dict[str, object]]]]]


class Act:
    """act, with the Action served from a copy of this work tree; nothing is pulled or fetched."""

    def __init__(self, platform: str, source: Path, home: Path) -> None:
        self.command = [
            str(Path(sys.executable).with_name("act")),
            "--bind",
            "--pull=false",
            "--rm",
            "--no-cache-server",
            f"--platform=ubuntu-latest={platform}",
            f"--local-repository=modelgate/modelgate@v1={source}",
        ]
        self.environment = {**os.environ, "HOME": str(home), "NO_COLOR": "1"}

    def run(self, event: str, payload: Path, workspace: Path, *options: str) -> Run:
        """One run of the workflows of ``workspace`` for an event and its payload."""
        done = subprocess.run(
            [*self.command, event, f"--eventpath={payload}", *options],
            cwd=workspace,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=600,
            check=False,
        )
        outputs = dict(re.findall(r"\| ([\w-]+)=(.*);$", done.stdout, re.MULTILINE))
        assert outputs, done.stdout
        sarif = json.loads((workspace / outputs["sarif-file"]).read_text("utf-8"))
        return Run(done.returncode == 0, done.stdout, outputs, sarif)
