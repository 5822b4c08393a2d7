"""What CPython's own loaders do with streams made opcode by opcode, against what the scanner sees."""

import contextlib
import io
import pickle
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.finding import Verdict
from tests.hostile.scanning import scan
from tests.recipes import pickles as p
from tools.fuzz import compare, oracle, streams

steady = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 1 << 32)


@steady
@given(seeds)
def test_nothing_that_a_loader_does_is_missed(seed: int) -> None:
    stream = streams.Writer(Random(seed)).stream()
    assert list(compare.differences(stream)) == [], stream


@steady
@given(seeds)
def test_nor_in_a_stream_that_had_an_accident(seed: int) -> None:
    rng = Random(seed)
    stream = streams.mutated(rng, streams.Writer(rng).stream())
    assert list(compare.differences(stream)) == [], stream


def test_the_streams_are_worth_it() -> None:
    loads = [oracle.load(streams.Writer(Random(seed)).stream(), "C") for seed in range(200)]
    assert sum(traces[-1].error is None for traces in loads) > 100
    assert sum(any(trace.calls for trace in traces) for traces in loads) > 80
    assert sum(len(traces) > 1 for traces in loads) > 40


@pytest.mark.parametrize("loader", oracle.LOADERS)
def test_the_oracle_writes_down_what_is_done(loader: str) -> None:
    (trace,) = oracle.load(p.SYSTEM + b".", loader)
    assert (trace.names, trace.calls, trace.error) == (
        ["os.system"],
        [("os.system", ("touch /tmp/pwned",))],
        None,
    )
    lazy = p.call(p.glob("builtins", "map"), p.glob("os", "system"), b"]" + p.text("id") + b"a")
    drained = p.call(p.glob("builtins", "list"), lazy)
    changed = p.build(p.glob("evil", "Kind"), b"N}" + p.text("x") + b"Ns\x86")
    stacked = b"".join(value + b"." for value in (lazy, drained, changed, p.glob("sys", "exit"), p.SYSTEM))
    held, called, wrote, failed = oracle.load(stacked, loader)
    assert (held.calls, called.calls, wrote.writes) == ([], [("os.system", ("id",))], ["evil.Kind.x"])
    assert failed.error is not None


def test_the_oracle_refuses_what_would_act() -> None:
    with oracle.refusing(), pytest.raises(oracle.Enough):
        open("/nowhere/at/all")  # noqa: PTH123, SIM115


def test_a_difference_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "names", lambda stream: [[[]]])
    monkeypatch.setattr(compare, "effects", lambda stream: [])
    told = list(compare.differences(p.SYSTEM + b"."))
    assert [line.split(" ")[:2] for line in told] == [
        ["C", "looked"], ["C", "called"], ["Python", "looked"], ["Python", "called"]
    ]  # fmt: skip


def test_a_state_that_is_empty_when_loaded_does_not_end_the_reading() -> None:
    stream = b"\x80\x04Vkey\nccollections\ndefaultdict\n)Rb0cos\nsystem\n(Vid\ntR."
    assert scan(stream, "checkpoint.pkl").verdict is Verdict.BLOCKED


REMEMBERED = (
    b"cbuiltins\ngetattr\nq\x010N.cos\nsystem\n0h\x01(cos\nsystem\nS'__call__'\ntRq\x020h\x02(S'id'\ntR.",
    b"cos\nsystem\nq\x01.h\x01(S'id'\ntR.",
    b"cos\nsystem\nq\x01.N.h\x01(S'id'\ntR\xff",
)


@pytest.mark.parametrize("stream", REMEMBERED)
def test_one_unpickler_remembers_what_it_has_loaded(stream: bytes) -> None:
    called: list[Any] = []

    class Loader(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            return getattr if name == "getattr" else called.append

    loader = Loader(io.BytesIO(stream))
    with contextlib.suppress(EOFError, pickle.UnpicklingError):
        while True:
            loader.load()
    assert called == ["id"]
    report = scan(stream)
    assert (report.failure, report.verdict) == (None, Verdict.BLOCKED)
    assert "command-on-load" in {finding.rule for finding in report.findings}


def test_what_a_later_pickle_looks_up_again_is_its_own() -> None:
    again = b"cposix\nsystem\n0N.cposix\nsystem\n0h\x00."
    assert compare.names(again) == [[["posix.system"]], [["posix.system"]]]
