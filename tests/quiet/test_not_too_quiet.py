"""What is inert on data is not vouched for when it is handed a callable that acts."""

import pytest

from scanner.finding import Verdict
from tests.quiet.scanning import scan
from tests.recipes.pickles import args, call, glob, proto, text

NONE, WORD = b"N", text("id")
SYSTEM = glob("os", "system")


def then(wrapper: bytes) -> bytes:
    """The result, called."""
    return wrapper + args(WORD) + b"R"


CALLERS = {
    "cached": then(call(glob("functools", "cache"), SYSTEM)),
    "cached by a decorator": then(call(call(glob("functools", "lru_cache"), b"K\x01"), SYSTEM)),
    "cast": then(call(glob("typing", "cast"), NONE, SYSTEM)),
    "copied": then(call(glob("copy", "copy"), SYSTEM)),
    "context": then(call(glob("contextlib", "contextmanager"), SYSTEM)),
    "deprecated": then(call(glob("torch.nn.init", "_make_deprecate"), SYSTEM)),
    "dispatched": then(
        call(glob("torch.nn.functional", "boolean_dispatch"), WORD, b"K\x01", NONE, SYSTEM, SYSTEM)
    ),
    "of tensors": call(glob("torch._tensor", "Tensor.__torch_function__"), SYSTEM, args(), args(WORD)),
    "rebuilt": call(
        glob("torch._tensor", "_rebuild_from_type"), SYSTEM, glob("torch", "Tensor"), args(WORD), b"}"
    ),
    "initialised": call(glob("torch.nn.utils", "skip_init"), SYSTEM, WORD),
    "filled": call(glob("numpy.ma.core", "_recursive_fill_value"), WORD, SYSTEM),
    "array": call(glob("dill._dill", "_create_array"), SYSTEM, args(WORD), NONE, NONE),
    "finalised": call(glob("weakref", "finalize"), call(glob("builtins", "set")), SYSTEM, WORD),
    "base initialised": call(
        glob("copyreg", "_reconstructor"),
        glob("subprocess", "Popen"),
        glob("subprocess", "Popen"),
        args(WORD),
    ),
    "renamed module": call(glob("commands", "Popen"), WORD),
    "imported by dill": then(
        call(
            glob("dill._dill", "_get_attr"),
            call(glob("dill._dill", "_import_module"), text("os")),
            text("system"),
        )
    ),
    "imported by cloudpickle": then(
        call(
            glob("builtins", "getattr"),
            call(glob("cloudpickle.cloudpickle", "subimport"), text("os")),
            text("system"),
        )
    ),
    "copied class changed": call(
        glob("builtins", "setattr"),
        call(glob("copy", "copy"), glob("torch.nn", "Linear")),
        text("forward"),
        SYSTEM,
    ),
}


@pytest.mark.parametrize("name", CALLERS)
def test_blocked(name: str) -> None:
    assert scan(proto(2) + CALLERS[name] + b".").verdict is Verdict.BLOCKED


def test_a_container_only_keeps_what_it_is_given() -> None:
    kept = call(glob("collections", "deque"), args(SYSTEM))
    report = scan(proto(2) + kept + b".")
    assert [f.rule for f in report.findings] == ["dangerous-reference"]


def test_a_name_that_a_resolver_computes_is_told() -> None:
    name = call(glob("somewhere", "decrypt"))
    report = scan(proto(2) + call(glob("dill._dill", "_import_module"), name) + b".")
    assert "dynamic-callable" in {f.rule for f in report.findings}
