"""Who calls what, and when."""

import pytest

from scanner.ir import Entry
from scanner.site import Trigger
from tests.languages.python.lowering import lowered

SPELLINGS = [
    'if __name__ == "__main__":',
    "if '__main__' == __name__:",
    'if not __name__ != "__main__":',
    'if (__name__ == "__main__") and debug:',
    'if __name__ in ("__main__",):',
    'if __name__ != "__main__":\n    pass\nelse:',
    'if quiet:\n    pass\nelif __name__ == "__main__":',
]


def when(source, **options):
    return {entry.function: entry.trigger for entry in lowered(source, **options).entries}


@pytest.mark.parametrize("guard", SPELLINGS)
def test_a_main_guard_never_runs_when_loaded(guard):
    program = lowered(f"{guard}\n    run()\n")
    assert program.entries[0] == Entry("main", Trigger.IMPORT)
    assert program.entries[-1].trigger is Trigger.NEVER
    never = program.functions[program.entries[-1].function]
    assert "run" in str(never.body)
    assert "run" not in str(program.functions["main"].body)
    assert (never.parent, never.local) == (None, frozenset())


@pytest.mark.parametrize(
    "source",
    [
        'if __name__ == "loader":\n    run()',
        'if __name__ == "__main__" or True:\n    run()',
        '__name__ = "__main__"\nif __name__ == "__main__":\n    run()',
        'globals()["__name__"] = "__main__"\nif __name__ == "__main__":\n    run()',
        'globals()[key] = "__main__"\nif __name__ == "__main__":\n    run()',
        'import me\nme.__name__ = "__main__"\nif __name__ == "__main__":\n    run()',
        'from m import x as __name__\nif __name__ == "__main__":\n    run()',
    ],
)
def test_a_guard_that_may_hold_is_no_guard(source):
    program = lowered(source)
    assert [entry.trigger for entry in program.entries] == [Trigger.IMPORT]
    assert "run" in str(program.functions["main"].body)


def test_copying_the_name_of_a_function_leaves_the_guard_alone():
    source = 'def d(f, g):\n    f.__name__ = g.__name__\nif __name__ == "__main__":\n    run()'
    assert lowered(source).entries[-1].trigger is Trigger.NEVER


def test_a_dataset_builder_is_called_on_load_in_the_order_of_its_protocol():
    source = """
import datasets as d
Alias = d.ArrowBasedBuilder
class Config(d.BuilderConfig):
    def __init__(self): pass
class A(Alias):
    def _generate_tables(self): pass
    def __init__(self): pass
class B(A):
    def _info(self): pass
    def unrelated(self): pass
"""
    assert list(when(source).items())[1:] == [
        ("Config.__init__", Trigger.LOAD),
        ("A.__init__", Trigger.LOAD),
        ("A._generate_tables", Trigger.LOAD),
        ("B._info", Trigger.LOAD),
    ]


def test_a_builder_is_known_by_its_methods_whatever_its_base_is_called():
    source = """
class Hidden(pick(base)):
    def _split_generators(self, m): pass
    def __init__(self): pass
"""
    assert when(source)["Hidden.__init__"] is Trigger.LOAD


def test_inherited_assigned_and_conditional_methods_are_methods():
    source = """
def main(self): pass
class Mixin:
    def _info(self): pass
class Builder(Mixin, datasets.GeneratorBasedBuilder):
    if True:
        @decorated
        def __init__(self): pass
    _generate_examples = main
    _split_generators = lambda self, m: m
"""
    assert list(when(source)) == [
        "main",
        "Builder.__init__",
        "Mixin._info",
        "Builder.<lambda>:10",
        "main:2",
    ]


@pytest.mark.parametrize(
    ("base", "method", "trigger"),
    [
        ("tfds.core.GeneratorBasedBuilder", "_info", Trigger.LOAD),
        ("datasets.builder.DatasetBuilder", "_prepare_split", Trigger.LOAD),
        ("PreTrainedModel", "__init__", Trigger.LOAD),
        ("transformers.PreTrainedModel", "forward", Trigger.USE),
        ("transformers.models.llama.LlamaForCausalLM", "from_pretrained", Trigger.LOAD),
        ("PretrainedConfig", "__init__", Trigger.LOAD),
        ("PreTrainedTokenizerFast", "__call__", Trigger.USE),
        ("BaseHandler", "initialize", Trigger.LOAD),
        ("ts.torch_handler.image_classifier.ImageClassifier", "handle", Trigger.USE),
        ("object", "__setstate__", Trigger.LOAD),
        ("torch.nn.Module", "forward", Trigger.USE),
        ("keras.layers.Layer", "call", Trigger.USE),
        ("setuptools.command.install.install", "run", Trigger.LOAD),
    ],
)
def test_protocols(base, method, trigger):
    source = f"class C({base}):\n    def {method}(self): pass"
    assert when(source) == {"main": Trigger.IMPORT, f"C.{method}": trigger}


def test_a_class_of_no_protocol_has_no_entries():
    source = "class C(transformers.TrainerCallback):\n    def __init__(self): pass"
    assert when(source) == {"main": Trigger.IMPORT}


def test_code_in_a_constant_runs_when_what_holds_it_runs():
    source = "class C:\n    def __setstate__(self): pass"
    assert set(when(source, script=False, trigger=Trigger.CALL).values()) == {Trigger.CALL}
    assert set(when(source, script=False, trigger=Trigger.LOAD).values()) == {Trigger.LOAD}


def test_the_attribute_hook_of_a_module_runs_on_load():
    assert when("def __getattr__(name): pass")["__getattr__"] is Trigger.LOAD
