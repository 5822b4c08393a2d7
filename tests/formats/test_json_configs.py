"""JSON that makes loaders open files and call names: shard indexes, Sentence Transformers, long documents."""

import json
from typing import Any

import pytest

from scanner.finding import Severity, Verdict
from tests.formats.unwrapping import names
from tests.hostile.scanning import scan

HONEST_SHARD = "pytorch_model-00001-of-00002.bin"
OUTSIDE = {
    "/etc/shadow": Severity.ERROR,
    "../../.aws/credentials": Severity.ERROR,
    "../elsewhere/weights.bin": Severity.WARNING,
    "sub/../../weights.bin": Severity.WARNING,
    "https://weights.example/part.bin": Severity.WARNING,
    "C:\\weights\\part.bin": Severity.WARNING,
}


def index(*files: str) -> bytes:
    places = {f"layer.{n}.weight": file for n, file in enumerate(files)}
    return json.dumps({"metadata": {"total_size": 8}, "weight_map": places}).encode()


def test_shards_beside_the_index_are_clean() -> None:
    data = index(HONEST_SHARD, "pytorch_model-00002-of-00002.bin", "shards/part.bin")
    assert names(data) == ["shard-index", "text"]
    assert scan(data, "pytorch_model.bin.index.json").verdict is Verdict.CLEAN


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_every_shard_elsewhere_is_told_once(path: str, encoding: str) -> None:
    data = index(path, HONEST_SHARD, path, "../second").decode().encode(encoding)
    found = scan(data, "a.index.json").findings
    assert {(f.rule, f.severity, f.message.split("'")[1]) for f in found} == {
        ("external-reference", OUTSIDE[path], path.replace("\\", "\\\\")),
        ("external-reference", Severity.WARNING, "../second"),
    }
    assert len(found) == 2


MODULES: list[tuple[Any, Verdict]] = [
    ([("", "sentence_transformers.models.Transformer"), ("1_Pooling", "sentence_transformers.models.Pooling")], Verdict.CLEAN),
    ([("", "custom_st.Transformer")], Verdict.CLEAN),
    ([("", "someone/else--custom_st.Transformer")], Verdict.REVIEW),
    ([("weights.pkl", "sklearn.joblib")], Verdict.BLOCKED),
    ([("code.pt", "torch.jit")], Verdict.BLOCKED),
]  # fmt: skip


@pytest.mark.parametrize(("modules", "verdict"), MODULES)
def test_modules_of_sentence_transformers(modules: list[tuple[str, str]], verdict: Verdict) -> None:
    entries = [{"idx": n, "name": str(n), "path": p, "type": t} for n, (p, t) in enumerate(modules)]
    assert scan(json.dumps(entries), "modules.json").verdict is verdict


@pytest.mark.parametrize(
    ("function", "verdict"),
    [
        ("torch.nn.modules.activation.Tanh", Verdict.CLEAN),
        ("torch.nn.modules.linear.Identity", Verdict.CLEAN),
        ("gelu_new", Verdict.CLEAN),
        ("project.layers.Swish", Verdict.NOTE),
        ("os.abort", Verdict.BLOCKED),
        ("code.interact", Verdict.BLOCKED),
    ],
)
def test_activation_functions_are_called(function: str, verdict: Verdict) -> None:
    for config in (
        {"in_features": 8, "out_features": 2, "activation_function": function},
        {"sentence_transformers": {"activation_fn": function}},
        {"hidden_size": 8, "sbert_ce_default_activation_function": function},
    ):
        assert scan(json.dumps(config), "config.json").verdict is verdict


def test_a_configuration_too_long_to_be_read_is_told() -> None:
    config = "{" + " " * (17 << 20) + '"_attn_implementation_internal": "someone/kernel"}'
    assert {f.rule for f in scan(config, "config.json").findings} == {"incomplete-analysis"}


def test_a_long_vocabulary_is_no_configuration() -> None:
    vocabulary = json.dumps({"version": "1.0", "vocab": {f"\u0000{n}": n for n in range(900_000)}})
    assert len(vocabulary) > 16 << 20
    assert names(vocabulary.encode()) == ["text"]


def test_keys_in_escapes_are_keys() -> None:
    config = '{"\\u0061uto_ma\\u0070": {"AutoModel": "someone/else--modeling.Net"}}'
    assert names(config.encode()) == ["hub-config", "text"]
    assert scan(config, "config.json").verdict is Verdict.REVIEW
