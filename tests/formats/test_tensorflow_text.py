"""TensorFlow's graphs as text: what the binary form of them says is judged, and other texts are left alone."""

import pytest

from scanner.finding import Verdict
from scanner.formats._textproto import Text, field
from scanner.limits import Budget
from tests.formats.unwrapping import complaints, contents, names, unwrap
from tests.hostile.scanning import blocked_for, scan
from tests.recipes.graphs import graph, node

NODES = """
# written by hand
node {{
  name: "path"  op: "Const"
  attr {{ key: "value" value {{ tensor {{ dtype: DT_STRING tensor_shape {{ }} string_val: {path} }} }} }}
  attr {{ key: "dtype" value {{ type: DT_STRING }} }}
}}
node {{ name: "x" op: "ReadFile" input: "path" experimental_debug_info {{ original_node_names: ["a", "b"] }} }}
versions: < producer: 1286; min_consumer: 0x10 >
"""
FORMS = {
    "graph": "{}",
    "list": "saver_def {{ version: V2 rate: 1.5e-3 }} graph_def: <{}>",
    "meta": 'meta_info_def {{ tags: "serve" }} graph_def {{ {} }}',
    "saved": "saved_model_schema_version: 1 meta_graphs {{ meta_info_def {{}} graph_def {{ {} }} }}",
}
SECRETS = [
    '"/etc/shadow"',
    "'/etc/shadow'",
    '"/etc" "/shadow"',
    '"/\\145tc/\\x73hadow"',
    '"/etc/\\u0073hadow"',
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", SECRETS)
def test_graphs_that_read_secrets(form: str, path: str) -> None:
    text = FORMS[form].format(NODES.format(path=path))
    assert names(text.encode()) == ["tensorflow-text", "text"]
    assert blocked_for(scan(text, "graph.pbtxt")) == {"credential-theft"}


def test_functions_as_text() -> None:
    inside = """
    library { function { signature { name: "f" input_arg { name: "p" type: DT_STRING } }
      node_def { name: "w" op: "WriteFile" input: "p" input: "p" } } }
    """
    call = 'node { name: "c" op: "PartitionedCall" input: "path" attr { key: "f" value { func { name: "f" } } } }'
    text = NODES.format(path='"/root/.bashrc"') + inside + call
    assert blocked_for(scan(text, "graph.pbtxt"))


@pytest.mark.parametrize("form", FORMS)
def test_honest_graphs_are_clean(form: str) -> None:
    text = FORMS[form].format(NODES.format(path='"vocabulary.txt"'))
    assert scan(text, "graph.pbtxt").verdict is Verdict.CLEAN


@pytest.mark.parametrize(
    "text",
    [
        "node {\n  stage('Build') { sh 'make' }\n}\n",
        "version: 3\nservices:\n  op: 'x'\n  web: {image: nginx}\n",
        "library: stdlib\n",
        "# a comment\nnode: nothing\n",
        "graph { a -- b }",
    ],
)
def test_other_texts_are_no_graphs(text: str) -> None:
    assert "tensorflow-text" not in names(text.encode())
    assert scan(text, "notes").verdict is Verdict.CLEAN


def test_blanks_and_comments_are_passed_over_once() -> None:
    """A reader that tries every way to divide them would never come to an end."""
    assert names(b"node" + b" " * 100_000 + b"x op: 'y'") == ["text"]
    for blanks in (" " * 5000, "\n" * 5000, "# x\n" * 1000):
        assert names(f"{blanks}?".encode()) == ["text"]
        assert complaints(unwrap("tensorflow-text", f"node {{ {blanks}? op: 'x' }}".encode())) == [
            "Malformed"
        ]


def test_a_syntax_error_is_told() -> None:
    found = unwrap("tensorflow-text", NODES.format(path='"x"').encode() + b"node { name: ")
    assert complaints(found) == ["Malformed"]


def test_the_binary_form_is_that_of_the_library() -> None:
    text = 'node { name: "a" op: "Relu" input: "x" input: "y" } versions { producer: 1286 }'
    assert contents(unwrap("tensorflow-text", text.encode()))["(in binary)"] == graph(
        node("a", "Relu", "x", "y")
    )


def test_numbers_and_unknown_fields() -> None:
    text = 'a: -1 b: [1, 2] c { d: 0x10 } [ext.name] { x: 1 } e: inf f: "\\n\\\\"'
    schema = {"a": (1, None), "b": (2, None), "c": (3, {"d": (4, None)}), "f": (5, None)}
    wanted = field(1, -1) + field(2, 1) + field(2, 2) + field(3, field(4, 16)) + field(5, b"\n\\")
    assert Text(text, Budget(), {}).message(schema) == wanted
