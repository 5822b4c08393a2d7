"""What the report of the demo looks like in a browser: writes ``docs/report.png``."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import demo

PICTURE = demo.ROOT / "docs" / "report.png"
SIZE = "920,1110"  # pixels


def main() -> int:
    """Scan the demo's pull request and photograph the page; 2 without a browser."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        print("needs chromium (Debian: apt-get install chromium)", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="modelgate-screenshot-") as name:
        place = Path(name)
        repository, page = place / "repository", place / "report.html"
        repository.mkdir()
        demo.build(repository)
        options = ["--base", "main", "--head", "topic", "--format", "html", "--output", str(page)]
        demo.scan(repository, "diff", *options)
        command = [browser, "--headless", "--disable-gpu", "--hide-scrollbars", f"--window-size={SIZE}"]
        command += ["--no-sandbox"] if os.geteuid() == 0 else []
        command += [f"--user-data-dir={place / 'profile'}", f"--screenshot={PICTURE}", page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
