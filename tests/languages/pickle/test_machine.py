"""Each hazard of the pickle machine, on streams written by hand."""

import struct

import pytest

from scanner.ir import Call, Data, Name
from tests.languages.pickle.run import Counting, anomalies, kinds, lowered, names, ops, said
from tests.recipes import pickles as p

DO = "os.system('touch /tmp/pwned')"
SYSTEM = p.glob("os", "system")


@pytest.mark.parametrize(
    "stream",
    [
        p.SYSTEM + b".",
        p.proto(2) + p.SYSTEM + b".",
        p.proto(4) + p.frame(p.SYSTEM + b"."),
        b"(" + SYSTEM + p.COMMAND + b"o.",
        b"(" + p.COMMAND + b"ios\nsystem\n.",
        b"cos\nsystem\n(S'touch /tmp/pwned'\ntR.",
        b"cos\nsystem\n(Vtouch /tmp/pwned\ntR.",
        p.proto(4) + p.stack_global(p.text("os"), p.text("system")) + p.COMMAND + b"\x85R.",
        p.proto(4)
        + p.text("os")
        + b"\x94"
        + p.text("system")
        + b"\x94"
        + b"0"
        + b"h\x01\x93"
        + p.COMMAND
        + b"\x85R.",
        p.proto(4) + p.stack_global(b"S'os'\n", b"U\x06system") + p.COMMAND + b"\x85R.",
    ],
)
def test_a_call_by_every_opcode(stream: bytes) -> None:
    assert said(stream) == [DO]


def test_a_class_without_arguments_is_called_too() -> None:
    assert said(b"(" + SYSTEM + b"o.") == ["os.system()"]
    assert said(b"(ios\nsystem\n.") == ["os.system()"]


def test_new_with_and_without_keywords() -> None:
    assert said(p.new(p.glob("evil", "Kind"), p.text("a")) + b".") == ["new evil.Kind('a')"]
    keywords = p.glob("evil", "Kind") + p.args(p.text("a")) + b"(" + p.text("k") + b"K\x01d\x92."
    assert said(p.proto(4) + keywords) == ["new evil.Kind('a', k=1)"]


@pytest.mark.parametrize(
    "state", [b"(" + p.text("a") + b"K\x01d", b"K\x01", b"(N(" + p.text("a") + b"K\x01dt"]
)
def test_build_on_instances_and_classes(state: bytes) -> None:
    shown = {b"K": "1", b"(N": "tuple[None, dict['a', 1]]"}.get(state[:1] if state[:1] == b"K" else state[:2])
    shown = shown or "dict['a', 1]"
    assert said(p.build(p.new(p.glob("evil", "Kind")), state) + b".") == [
        "new evil.Kind()",
        f"state new evil.Kind()({shown})",
    ]
    assert said(p.build(p.glob("evil", "Kind"), state) + b".") == [f"state evil.Kind({shown})"]
    # ... also on a class that is harmless to call: its attributes are overwritten for everybody.
    assert said(p.build(p.glob("builtins", "dict"), state) + b".") == [f"state builtins.dict({shown})"]


@pytest.mark.parametrize("target", [p.glob("evil", "thing"), p.call(p.glob("evil", "thing"))])
def test_items_of_symbols(target: bytes) -> None:
    shown = said(target + p.text("k") + b"K\x01s(" + p.text("l") + b"K\x02uK\x03a(K\x04K\x05e.")
    base = "evil.thing" if b"R" not in target else "evil.thing()"
    assert shown[-5:] == [
        f"{base}['k'] = 1",
        f"{base}['l'] = 2",
        f"{base}[] = 3",
        f"{base}[] = 4",
        f"{base}[] = 5",
    ]
    assert said(p.proto(4) + target + b"(K\x06\x90.")[-1] == f"{base}[] = 6"


def test_a_reference_is_not_a_call_but_stays_visible() -> None:
    assert said(SYSTEM + b".") == []
    assert names(SYSTEM + b".") == ["os.system"]
    (name,) = ops(p.glob("pkg.mod", "a.b") + b".")
    assert isinstance(name, Name)
    assert (name.name, name.imports) == ("pkg.mod.a.b", "pkg.mod")


def test_offsets_are_those_of_the_opcodes() -> None:
    padding = p.plain(list(range(1000))) + b"0"
    stream = p.proto(2) + padding + p.SYSTEM + b"."
    name, _, call = ops(stream)
    assert stream[name.at : name.at + 1] == b"c"
    assert isinstance(call, Call)
    assert stream[call.at : call.at + 1] == b"R"
    framed = p.proto(4) + p.frame(padding) + p.frame(p.SYSTEM + b".")
    assert framed[ops(framed)[-1].at : ops(framed)[-1].at + 1] == b"R"


@pytest.mark.parametrize("tail", [b"", b"\xff", b"X\xff\xff\xff\xff", b"h\x63", b"R", b"0000"])
def test_what_ran_before_the_break_is_kept(tail: bytes) -> None:
    stream = p.proto(2) + p.SYSTEM + tail
    assert said(stream) == [DO]
    assert kinds(stream)[0] == "malformed"


def test_a_break_is_located() -> None:
    stream = p.proto(2) + p.SYSTEM + b"\xff"
    assert anomalies(stream)[0].site.offset == len(stream) - 1
    assert anomalies(p.proto(2) + b"K\x01\xff")[0].site.offset == 4


def test_empty_and_truncated() -> None:
    assert kinds(b"") == ["malformed"]
    assert kinds(b"\x80\x04") == ["malformed"]
    assert kinds(p.proto(2) + b"]q") == ["malformed"]


def test_stacked_pickles_are_programs_of_their_own() -> None:
    stream = p.proto(2) + b"N." + p.proto(4) + p.SYSTEM + b"." + p.SYSTEM + b"."
    assert said(stream) == [DO, DO]
    assert kinds(stream) == []
    assert [op.at for op in ops(stream) if isinstance(op, Call)] == [
        i for i, b in enumerate(stream) if b == 0x52
    ]


def test_bytes_after_stop_that_are_no_pickle_are_left_alone() -> None:
    for tail in (bytes(64), b"\x80\x02\0\0\0\0\0\0" + bytes(100), b"\xff" * 9, b"junk"):
        assert lowered(p.proto(2) + p.plain([1, 2]) + b"." + tail) == []


def test_inert_things_fold() -> None:
    assert lowered(p.proto(2) + p.new(p.glob("builtins", "dict")) + b".") == []


def test_an_inert_call_that_is_handed_something_live_does_not_fold() -> None:
    stream = p.call(p.glob("builtins", "dict"), b"((" + p.text("k") + SYSTEM + b"tl") + b"."
    assert "os.system" in names(stream)
    assert p.proto(2)  # the value is computed, so the reference is what remains
    spread = p.call(p.glob("evil", "f"), p.call(p.glob("builtins", "dict"), b"K\x01")) + b"."
    assert said(spread) == ["builtins.dict(1)", "evil.f(builtins.dict(1))"]


def test_arguments_computed_by_pure_builtins() -> None:
    # tuple(["..."]) as the argument tuple, "".join([...]) as the name
    args = p.call(p.glob("builtins", "tuple"), b"(" + p.COMMAND + b"l")
    assert said(SYSTEM + args + b"R.") == [DO]
    join = p.call(p.glob("builtins", "getattr"), p.text(""), p.text("join"))
    name = p.call(join, b"(" + p.text("sys") + p.text("tem") + b"l")
    assert said(p.proto(4) + p.stack_global(p.text("os"), name) + p.COMMAND + b"\x85R.") == [DO]
    concat = p.call(p.glob("operator", "concat"), p.text("sys"), p.text("tem"))
    assert said(p.proto(4) + p.stack_global(p.text("os"), concat) + p.COMMAND + b"\x85R.") == [DO]


def test_the_result_of_a_call_as_class_arguments_and_name() -> None:
    made = p.call(p.glob("evil", "make"))
    assert said(made + p.args(b"K\x01") + b"\x81.") == ["evil.make()", "new evil.make()(1)"]
    assert said(SYSTEM + made + b"R.") == ["evil.make()", "os.system(spread[evil.make()])"]
    computed = p.proto(4) + p.stack_global(p.text("os"), made) + p.COMMAND + b"\x85R."
    getter = "builtins.getattr(importlib.import_module('os'), evil.make())"
    assert said(computed)[-1] == f"{getter}('touch /tmp/pwned')"
    assert kinds(computed) == ["unresolved"]


def test_extension_codes() -> None:
    registered = p.call(p.glob("copyreg", "add_extension"), p.text("os"), p.text("system"), b"K\x07")
    stream = p.proto(2) + registered + b"0\x82\x07" + p.COMMAND + b"\x85R."
    assert said(stream)[-1] == DO
    assert kinds(stream) == []
    assert "unresolved" in kinds(p.proto(2) + b"\x82\x09(tR.")
    assert said(p.proto(2) + b"\x84\x09\0\0\0(tR.") == ["copyreg.extension_9()"]


def test_persistent_ids_fold_unless_they_hold_something_live() -> None:
    assert lowered(b"(Pkey\nVx\nQt.") == []
    assert names(p.args(p.text("storage"), SYSTEM) + b"Q.") == ["os.system"]
    assert said(p.call(p.glob("evil", "f"), p.text("key") + b"Q") + b".") == ["evil.f(?)"]


def test_out_of_band_buffers_do_not_stop_the_machine() -> None:
    assert said(p.proto(5) + b"\x97\x980" + p.SYSTEM + b".") == [DO]


@pytest.mark.parametrize(
    "opcodes",
    [b"I010\n0", b"I0x1F\n0", b"I1\x00junk\n0", b"F1.5\x00junk\n0", b"L1\x00L\n0", b"Np0\x00\ng0\x00\n0",
     b"N\x94N\x94N\x94000", b"Nq\x01Nq\x0100", b"Nr\xff\xff\x00\x000", b"S'\\xff'\n0", b"U\x01\xff0"],
)  # fmt: skip
def test_streams_that_linear_readers_choke_on(opcodes: bytes) -> None:
    assert said(opcodes + p.SYSTEM + b".") == [DO]


@pytest.mark.parametrize("opcodes", [b"I0x1F\n0", b"I1\x00junk\n0", b"F1.5\x00junk\n0"])
def test_a_refusal_of_pickletools_is_an_anomaly(opcodes: bytes) -> None:
    assert "differential" in kinds(opcodes + p.SYSTEM + b".")
    assert kinds(opcodes + b"N.") == []


def test_a_fallback_reads_numbers_as_the_c_machine_does() -> None:
    made = p.call(p.glob("evil", "make"))
    forced = made + p.args() + b"\x810"
    for number in (b"I010\n", b"I1\x00junk\n", b"F1.5\x00junk\n", b"I01\n", b"L5L\n"):
        assert said(forced + number + b"0" + p.SYSTEM + b".")[-1] == DO


@pytest.mark.parametrize(
    "after",
    [
        # A reader that drops the rest of the frame starts one byte later than one that keeps it.
        b"UN" + (b"0" + p.SYSTEM + b".").ljust(78) + b".",
        b"KUN" + (b"0" + p.SYSTEM + b".").ljust(78) + b".",
    ],
)
def test_an_argument_across_the_end_of_a_frame_means_two_programs(after: bytes) -> None:
    stream = p.proto(4) + p.frame(b"X\x09\0\0\0a") + b"b" * 8 + after
    assert DO in said(stream)
    assert "differential" in kinds(stream)
    # ... also when the frame is not where frames usually are
    assert DO in said(b"\x80\x04N0" + stream[2:])
    assert "differential" in kinds(b"\x80\x04N0" + stream[2:])


def test_a_splice_shows_in_the_memo() -> None:
    honest = b"(" + p.text("a") + b"q\x00" + p.text("b") + b"q\x01" + SYSTEM + b"(tRq\x02t."
    assert "splice" not in kinds(p.proto(2) + honest)
    assert "splice" in kinds(p.proto(2) + honest.replace(b"q\x02", b"q\x09"))
    assert "splice" in kinds(p.proto(4) + honest.replace(b"q\x01", b"\x94"))


def test_large_buffers_are_skipped_and_can_be_found_again() -> None:
    size = 100 << 20
    head = p.proto(4) + p.frame(p.glob("evil", "load")) + b"\x8e" + struct.pack("<Q", size)
    window = Counting(head, size, b"\x85R.")
    (_, data, call) = ops(window)
    assert isinstance(data, Data)
    assert (data.blob.size, data.blob.window.start) == (size, len(head))
    assert isinstance(call, Call)
    assert window.read < 300_000


def test_an_array_of_a_harmless_pickle_costs_a_few_kilobytes() -> None:
    size = 100 << 20
    window = Counting(p.proto(4) + p.frame(b"]") + b"\x8e" + struct.pack("<Q", size), size, b"a.")
    assert lowered(window) == []
    assert window.read < 4096
    window = Counting(p.proto(3) + b"]B" + struct.pack("<I", size), size, b"a.")
    assert lowered(window) == []
    assert window.read < 8192


def test_a_memo_bomb_does_not_hide_a_payload() -> None:
    assert said(p.proto(2) + b"Nr\xff\xff\xff\xff0" + p.SYSTEM + b".") == [DO]


def test_long_constants_become_data() -> None:
    (_, data, _) = ops(p.call(p.glob("evil", "f"), p.text("x" * (2 << 20))) + b".")
    assert isinstance(data, Data)
    assert data.blob.size == 2 << 20


def test_many_calls_of_one_sort_are_told_in_summary() -> None:
    many = b"".join(p.call(p.glob("evil", "f"), p.text(f"word{i}")) + b"0" for i in range(2000))
    stream = p.proto(2) + many + p.call(p.glob("evil", "f"), p.text("curl evil.example")) + b"."
    shown = said(stream)
    assert len(shown) < 300
    assert "curl evil.example" in shown[-1]


def test_deep_nesting_keeps_the_evidence() -> None:
    deep = b"(" * 200 + p.text("curl evil.example") + SYSTEM + b"l" * 200
    stream = p.call(p.glob("evil", "f"), deep) + b"."
    assert "curl evil.example" in said(stream)[-1]
    assert "os.system" in said(stream)[-1]


def test_names_that_no_type_can_have() -> None:
    assert names(p.proto(4) + p.stack_global(p.text("a\0b"), p.text("c\ud800")) + b".") == ["a\0b.c\ud800"]


def test_a_skipped_buffer_among_many_is_data_and_never_memory() -> None:
    large = bytes(5000)
    many = b"".join(p.call(p.glob("evil", "f"), p.data(large)) + b"0" for _ in range(300))
    stream = p.proto(4) + p.frame(p.text("x")) + many + b"."
    kept = [op for op in ops(stream) if isinstance(op, Data)]
    assert len(kept) == 300
    assert all(op.blob.read_at(0, 5000) == large for op in kept)


def test_five_pickles_and_raw_storages_of_a_legacy_checkpoint() -> None:
    head = b"".join(p.proto(2) + p.plain(value) + b"." for value in (0x1950A86A20F9469CFC6C, 1001, {"a": 1}))
    storage = p.args(p.text("storage"), p.glob("torch", "FloatStorage"), p.text("0")) + b"Q"
    main = p.proto(2) + p.args(storage, p.SYSTEM) + b"."
    stream = head + main + p.proto(2) + p.plain(["0"]) + b"." + b"\x80\x02\0\0\0\0\0\0" + bytes(4 * 640)
    assert said(stream) == [DO]
    assert kinds(stream) == []


def test_a_long_chain_of_calls_of_results_stays_cheap() -> None:
    calls = [
        op for op in ops(p.proto(2) + p.glob("evil", "f") + b")R" * 20_000 + b".") if isinstance(op, Call)
    ]
    assert 1 < len(calls) < 1000


def test_a_straddle_is_told_even_when_a_symbol_stops_the_machine() -> None:
    rest = b"UN" + (b"0" + p.SYSTEM + b".").ljust(78) + p.call(p.glob("evil", "make")) + b")\x81."
    stream = p.proto(4) + p.frame(b"X\x09\0\0\0a") + b"b" * 8 + rest
    assert "differential" in kinds(stream)
    assert DO in said(stream)


@pytest.mark.parametrize(
    "stream",
    [
        p.proto(4) + p.frame(p.SYSTEM + b".", 999),  # a frame longer than the file
        b"(" + p.COMMAND + b"ios\nsystemX",  # INST on a last line without its newline
        p.proto(5) + b"\x97\x97b0" + p.SYSTEM + b".",  # BUILD with a state that may be empty
    ],
)
def test_the_pure_python_loader_goes_on_where_the_other_one_stops(stream: bytes) -> None:
    assert said(stream) == [DO]


def test_a_computed_name_in_a_submodule() -> None:
    name = p.call(p.glob("builtins", "next"), p.call(p.glob("builtins", "iter"), b"]" + p.text("g") + b"a"))
    stream = p.proto(4) + p.stack_global(p.text("evil.deep"), name) + b")R."
    assert said(stream)[-1].startswith("builtins.getattr(importlib.import_module('evil.deep'), ")
