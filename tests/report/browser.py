"""A real browser (Debian's ``chromium``), headless: what a page has become once it is loaded."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def dom(page: str, place: Path) -> str:
    """The document as it stands after all scripts; without a browser the calling test skips, or fails
    where all must run."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        advice = "needs a browser (Debian: apt-get install chromium)"
        if os.environ.get("MODELGATE_E2E") == "1":
            pytest.fail(advice)
        pytest.skip(advice)
    file = place / "page.html"
    file.write_text(page, "utf-8")
    command = [program, "--headless", "--disable-gpu", "--allow-file-access-from-files"]
    command += ["--no-sandbox"] if os.geteuid() == 0 else []
    command += [f"--user-data-dir={place / 'profile'}", "--virtual-time-budget=20000", "--dump-dom"]
    done = subprocess.run([*command, file.as_uri()], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
