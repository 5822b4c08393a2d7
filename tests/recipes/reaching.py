"""Calls of members of libraries that are vouched for, which reach for a file, a server, a name or a callable.

Each name is one that a whole family of inert constructors lies around. The arguments are inert.
"""

from typing import Any

from tests.recipes.streams import Build, Call, Global, New, call, function

CODE = "__import__('os').system('echo gadget')"
FILE = "/tmp/gadget.bin"
URL = "http://192.0.2.7/x"
TARGET = "/root/.bashrc"
SYSTEM = Global("os", "system")
PICKLE = b"cos\nsystem\n(S'echo x'\ntR."


def method(maker: Any, name: str, *args: Any) -> Call:
    """A method of what a call returns."""
    return Call(call("builtins.getattr", maker, name), args)


def empty(owner: str) -> New:
    """An object without its ``__init__``."""
    return New(function(owner), ())


FRAME = call("pandas.core.frame.DataFrame", {"a": ["echo"]})
WRITERS = (
    "to_csv",
    "to_pickle",
    "to_json",
    "to_parquet",
    "to_hdf",
    "to_html",
    "to_stata",
    "to_feather",
    "to_excel",
)

FILES: dict[str, Any] = {
    "xgboost.core.Booster": call("xgboost.core.Booster", {}, (), FILE),
    "xgboost.Booster from a URL": call("xgboost.Booster", None, None, URL),
    "xgboost.Booster.__init__": Call(
        Global("xgboost.core", "Booster.__init__"), (empty("xgboost.core.Booster"), {}, (), FILE)
    ),
    "xgboost.core.DMatrix": call("xgboost.core.DMatrix", FILE),
    "xgboost.core.QuantileDMatrix": call("xgboost.core.QuantileDMatrix", FILE),
    "lightgbm.basic.Booster": call("lightgbm.basic.Booster", {}, None, FILE),
    "lightgbm.basic.Dataset": call("lightgbm.basic.Dataset", FILE),
    "catboost.core.Pool": call("catboost.core.Pool", FILE),
    "sentencepiece": call("sentencepiece.SentencePieceProcessor", FILE),
    **{
        f"{owner} {name}": method(empty(owner), name, TARGET)
        for owner in ("xgboost.sklearn.XGBClassifier", "catboost.core.CatBoostClassifier", "lightgbm.basic.Booster")
        for name in ("load_model", "save_model")
    },
    **{f"DataFrame.{name}": method(FRAME, name, TARGET) for name in WRITERS},
    "pandas.read_pickle": call("pandas.io.pickle.read_pickle", FILE),
    "numpy.memmap": call("numpy._core.memmap.memmap", TARGET, "u1", "w+"),
    "numpy.lib.format.open_memmap": call("numpy.lib.format.open_memmap", TARGET, "w+"),
    "numpy.ndarray.tofile": method(call("numpy.array", [1]), "tofile", TARGET),
    "torch storage": call("torch.storage.UntypedStorage.from_file", TARGET, True, 10),
    "torch typed storage": call("torch.FloatStorage.from_file", TARGET, True, 10),
    "SummaryWriter": call("torch.utils.tensorboard.SummaryWriter", "/root/x"),
    "joblib.Memory": call("joblib.Memory", "/root/x"),
    "sklearn.datasets.load_files": call("sklearn.datasets.load_files", "/root"),
    "BertModel.from_pretrained": call("transformers.models.bert.modeling_bert.BertModel.from_pretrained", "a/b"),
    "tokenizer.from_pretrained": call(
        "transformers.tokenization_utils_base.PreTrainedTokenizerBase.from_pretrained", "a/b"
    ),
    "Vocab.from_disk": method(empty("spacy.vocab.Vocab"), "from_disk", FILE),
    "Optimizer.to_disk": method(empty("thinc.optimizers.Optimizer"), "to_disk", TARGET),
    "registry.resolve": call("thinc.config.registry.resolve", {"a": {"@layers": "x"}}),
    "torch.distributed.run": call("torch.distributed.run.main", ["x.py"]),
}  # fmt: skip

ACTS: dict[str, Any] = {
    "DataFrame.query": method(FRAME, "query", "@" + CODE),
    "DataFrame.eval": method(FRAME, "eval", "@" + CODE),
    **{f"DataFrame.{name}": method(FRAME, name, SYSTEM) for name in ("applymap", "map", "pipe", "agg", "transform")},
    "Series.apply": method(call("pandas.core.series.Series", ["echo"]), "apply", SYSTEM),
    "pickle_compat.loads": call("pandas.compat.pickle_compat.loads", PICKLE),
    "bytes for a path": call("hickle.load", PICKLE),
    "bytes for anything": call("pyarrow.deserialize", PICKLE),
    "joblib.externals": call("joblib.externals.cloudpickle.loads", PICKLE),
    "Module.apply": method(empty("torch.nn.modules.linear.Linear"), "apply", SYSTEM),
    "forward hook": Call(
        Build(empty("torch.nn.modules.linear.Linear"), {"_forward_hooks": {1: SYSTEM}}), ("echo",)
    ),
    "LambdaLR": call("torch.optim.lr_scheduler.LambdaLR", call("torch.optim.SGD", []), SYSTEM),
    "tree_map": call("torch.utils._pytree.tree_map", SYSTEM, ["echo"]),
    "torch._utils._import_dotted_name": Call(call("torch._utils._import_dotted_name", "os.system"), ("echo",)),
    "FunctionTransformer": method(
        Build(empty("sklearn.preprocessing._function_transformer.FunctionTransformer"), {"func": SYSTEM}),
        "fit_transform",
        "echo",
    ),
    "pairwise_distances": call("sklearn.metrics.pairwise.pairwise_distances", ["echo"], None, SYSTEM),
    "scipy.optimize": call("scipy.optimize.minimize", SYSTEM, "echo"),
    "scipy.spatial": call("scipy.spatial.distance.pdist", ["echo", "x"], SYSTEM),
    "scipy.stats": call("scipy.stats.bootstrap", (["echo"],), SYSTEM),
    "a configurator": Call(method(call("logging.config.DictConfigurator", {}), "resolve", "os.system"), ("echo",)),
    "a name of tests": method(call("unittest.TestLoader"), "loadTestsFromName", "antigravity"),
    "a sandbox of setuptools": call("setuptools.sandbox.run_setup", FILE, []),
    "hydra get_method": Call(call("hydra.utils.get_method", "os.system"), ("echo",)),
    "hydra instantiate": call(
        "hydra._internal.instantiate._instantiate2.instantiate", {"_target_": "os.system", "_args_": ["echo"]}
    ),
    "a class by value": Call(
        call("cloudpickle.cloudpickle._make_skeleton_class", Global("builtins", "type"), "X",
             (Global("subprocess", "Popen"),), {}, None, None), (["echo"],),
    ),
    "an enumeration by value": Call(
        call("cloudpickle.cloudpickle._make_skeleton_enum", (Global("subprocess", "Popen"),), "X", "X", {}, "m",
             None, None), (["echo"],),
    ),
    "dill._getattr": call("dill._dill._getattr", Global("builtins", "str"), "lower", f"<'a' of '{CODE.replace(chr(39), chr(34))}'>"),
    "dill._getattr, the other name": call(
        "dill._dill._getattr",
        Global("builtins", "str"),
        """lower"], __import__("os").system("echo gadget"), ["a""",
        "<method 'lower' of 'str' objects>",
    ),
    "dill._load_type": Call(Call(call("dill._dill._load_type", "PartialType"), (SYSTEM,)), ("echo",)),
}  # fmt: skip

HONEST: dict[str, Any] = {
    "Booster": Build(empty("xgboost.core.Booster"), {"handle": b"\x00binf", "best_iteration": 3}),
    "LightGBM": Build(empty("lightgbm.basic.Booster"), {"handle": "tree\nversion=v4\n", "params": {}}),
    "Pool": Build(empty("catboost.core.CatBoostClassifier"), {"__model": b"CBM1"}),
    "estimator": Build(empty("xgboost.sklearn.XGBClassifier"), {"_Booster": empty("xgboost.core.Booster")}),
    "enumeration": Call(
        call("cloudpickle.cloudpickle._make_skeleton_enum", (Global("enum", "Enum"),), "Tint", "Tint", {"A": 1}, "m",
             "0" * 32, None), (1,),
    ),
    "dill method": call("dill._dill._getattr", Global("builtins", "str"), "lower", "<method 'lower' of 'str' objects>"),
    "dill iterator": Call(call("dill._dill._load_type", "enumerate"), ([1], 0)),
    "dill partial": Call(call("dill._dill._load_type", "PartialType"), (Global("builtins", "int"),)),
    "reversed": Build(call("builtins.reversed", [1, 2]), 1),
    "filter": call("builtins.filter", None, [1]),
    "windows": empty("pandas.api.typing.Rolling"),
    "scipy bounds": Build(empty("scipy.optimize._constraints.Bounds"), {"lb": 0}),
}  # fmt: skip
