"""Which methods a loader calls: the protocols of the libraries that run other people's classes."""

import re
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from scanner import ir
from scanner.languages.python.emitter import ClassSeen, File
from scanner.site import Trigger

_PIPELINE = """
    __new__ __init__ __post_init__ __init_subclass__ __getattribute__ __getattr__
    _create_builder_config create_config_id info _info manual_download_instructions
    _check_manual_download _relative_data_dir download_and_prepare _download_prepared_from_hf_gcs
    _make_split_generators_kwargs _split_generators _download_and_prepare _prepare_split
    _prepare_split_single _build_pcollection _generate_shards _generate_tables _generate_examples
    _post_process _post_processing_resources _build_single_dataset as_dataset _as_dataset
    as_streaming_dataset _as_streaming_dataset_single _get_examples_iterable_for_split __del__
"""
_PRETRAINED = """
    __new__ __init__ __post_init__ __init_subclass__ __getattribute__ __getattr__ from_pretrained
    _from_pretrained from_config _from_config from_dict from_json_file get_config_dict
    _get_config_dict _dict_from_json_file from_args_and_dict _load_pretrained_model _init_weights
    init_weights post_init tie_weights _load_from_state_dict load_state_dict get_vocab vocab_size
    _add_tokens _sanitize_parameters __setstate__ __del__
"""


class Protocol(Struct, frozen=True):
    """``bases`` matches the dotted name of a class to derive from, each of ``signs`` are methods that
    together give a class away whatever its base is; ``load`` and ``use`` are who runs when, in order."""

    bases: re.Pattern[str]
    signs: tuple[frozenset[str], ...]
    load: tuple[str, ...]
    use: tuple[str, ...]
    note: str


def _any(*methods: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset({method}) for method in methods)


PROTOCOLS = (
    Protocol(
        re.compile(r"(.*\.)?(GeneratorBased|ArrowBased|BeamBased|Dataset|ShardBased|_?Conversion\w*)Builder"
                   r"|(tensorflow_datasets|tfds)\.core\.\w*(Builder|Dataset)|(.*\.)?BuilderConfig"),
        _any("_split_generators", "_generate_examples", "_generate_tables"),
        tuple(_PIPELINE.split()),
        (),
        "loading the dataset calls it",
    ),
    Protocol(
        re.compile(r"(.*\.)?(TF|Flax)?(PreTrainedModel|PretrainedConfig|PreTrainedConfig|PreTrainedTokenizer\w*)"
                   r"|(.*\.)?(ProcessorMixin|FeatureExtractionMixin|SequenceFeatureExtractor|ImageProcessingMixin"
                   r"|BaseImageProcessor\w*|BaseVideoProcessor|GenerationMixin|PyTorchModelHubMixin|ModelHubMixin"
                   r"|DiffusionPipeline|ModelMixin|ConfigMixin|SchedulerMixin|ModularPipelineBlocks)"
                   r"|(transformers|diffusers)\..*(Model|Config|Tokenizer|TokenizerFast|Processor|Extractor"
                   r"|Pipeline|For[A-Z]\w+|LMHeadModel)"),
        (),
        tuple(_PRETRAINED.split()),
        ("forward", "__call__", "call", "generate"),
        "from_pretrained with trust_remote_code calls it",
    ),
    Protocol(
        re.compile(r"(.*\.)?BaseHandler|ts\.torch_handler\..*"),
        (frozenset({"initialize", "handle"}),),
        ("__new__", "__init__", "initialize", "_load_pickled_model", "_load_torchscript_model"),
        ("handle", "preprocess", "inference", "postprocess", "explain_handle"),
        "the model server calls it",
    ),
    Protocol(
        re.compile(r"(setuptools|distutils)\.(.*\.)?(Command|command\..*)|(setuptools|distutils)\.cmd\.Command"),
        (),
        ("initialize_options", "finalize_options", "run"),
        (),
        "building or installing the package calls it",
    ),
    Protocol(
        re.compile(r"(torch\.)?nn\.(modules\.module\.)?Module|(.*\.)?LightningModule"
                   r"|(tensorflow\.)?(tf_)?keras\.(.*\.)?(Model|Layer)"),
        (),
        (),
        ("forward", "__call__", "call"),
        "calling the model calls it",
    ),
    Protocol(  # TorchScript writes `class Net(Module)` and imports nothing
        re.compile(r"Module|__torch__\..*"),
        (),
        ("__setstate__", "forward"),
        (),
        "whoever uses the loaded module calls it",
    ),
    Protocol(
        re.compile(r"(?!)"),
        _any("__setstate__", "__reduce__", "__reduce_ex__", "__getstate__"),
        ("__setstate__",),
        (),
        "the pickle protocol calls it",
    ),
)  # fmt: skip
PRETRAINED = PROTOCOLS[1]
_HUBCONF = re.compile(r"(?:^|/)hubconf\.py$")
_CONFTEST = re.compile(r"(?:^|/)conftest\.py$")
_FAMILY = 32  # ancestors of a class that are looked at


def entries(file: File, trigger: Trigger, path: str, *, script: bool) -> Iterator[ir.Entry]:
    """Everything that runs without being called by the file itself, in the order in which it does.

    ``trigger`` is that of the top level. What a loader calls is not sooner than that. ``path`` is the file's.
    """
    yield ir.Entry("main", trigger)
    load = Trigger.LOAD if trigger in (Trigger.LOAD, Trigger.IMPORT) else trigger
    by_name: dict[str, list[ClassSeen]] = {}
    for seen in file.classes:
        by_name.setdefault(_plain(seen.name), []).append(seen)
    done: set[str] = set()
    for seen in file.classes:
        family = _family(seen, by_name)
        methods = {name: f for cls in reversed(family) for name, f in cls.methods.items()}
        bases = [base for cls in family for base in cls.bases]
        for protocol in matching(bases, methods):
            for names, when in ((protocol.load, load), (protocol.use, Trigger.USE)):
                for function in (methods[name] for name in names if name in methods):
                    if function not in done:
                        done.add(function)
                        yield ir.Entry(function, when, protocol.note)
    if script:
        yield from _module_hooks(file, path, load)
    else:
        for function in file.toplevel.values():
            yield ir.Entry(function, load, "whoever carries source in data calls what it defines")
    for body in file.never:
        yield ir.Entry(body, Trigger.NEVER, 'it is under if __name__ == "__main__"')


def matching(bases: Collection[str], methods: Iterable[str]) -> list[Protocol]:
    """The protocols that a class with these bases (dotted names) and methods takes part in."""
    own = {*methods}
    return [
        protocol
        for protocol in PROTOCOLS
        if any(sign <= own for sign in protocol.signs) or any(map(protocol.bases.fullmatch, bases))
    ]


def _module_hooks(file: File, path: str, load: Trigger) -> Iterator[ir.Entry]:
    hook, handler = file.toplevel.get("__getattr__"), file.toplevel.get("handle")
    if hook is not None:
        yield ir.Entry(hook, load, "looking up a name that the module lacks calls it")
    if handler is not None:
        # TorchServe initialises a handler that is a function by a call without data.
        served = len(file.functions[handler].params) == len(("data", "context"))
        yield ir.Entry(handler, load if served else Trigger.CALL, "the model server calls it")
    for own, function in file.toplevel.items() if _HUBCONF.search(path) else ():
        if not own.startswith("_"):
            yield ir.Entry(function, load, "torch.hub calls it")
    for own, function in file.toplevel.items() if _CONFTEST.search(path) else ():
        if own.startswith("pytest_"):
            yield ir.Entry(function, load, "running the tests calls it")


def _plain(name: str) -> str:
    """The name of a class as a ``class`` statement says it: ``f.C:12`` is ``C``."""
    return name.partition(":")[0].rpartition(".")[2]


def _family(seen: ClassSeen, by_name: dict[str, list[ClassSeen]]) -> list[ClassSeen]:
    """A class and those of the file that it derives from, the nearest first."""
    family = {seen.name: seen}
    waiting = [seen]
    while waiting and len(family) < _FAMILY:
        parents = [p for base in waiting.pop(0).bases for p in by_name.get(_plain(base), ())]
        waiting += [parent for parent in parents if parent.name not in family]
        family.update((parent.name, parent) for parent in parents)
    return list(family.values())
