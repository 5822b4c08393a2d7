"""Whatever the bytes: a reader yields, and raises nothing but Malformed and OverBudget."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.blob import Blob, BytesWindow
from scanner.formats import HEAD, formats, identify
from tests.formats.unwrapping import blob, small, unwrap
from tests.recipes.seeds import SEEDS

EDITS = st.lists(
    st.tuples(
        st.floats(0, 1), st.sampled_from(["set", "cut", "insert", "full"]), st.binary(min_size=1, max_size=8)
    ),
    min_size=1,
    max_size=5,
)


def edited(data: bytes, edits: list[tuple[float, str, bytes]]) -> bytes:
    for place, how, value in edits:
        at = int(place * len(data))
        match how:
            case "set":
                data = data[:at] + value + data[at + len(value) :]
            case "cut":
                data = data[:at] + data[at + len(value) :]
            case "insert":
                data = data[:at] + value + data[at:]
            case "full":
                data = data[:at] + b"\xff" * len(value) + data[at + len(value) :]
    return data


@pytest.mark.parametrize("seed", SEEDS)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(edits=EDITS)
def test_no_bytes_escape(seed, edits):
    data = edited(SEEDS[seed], edits)
    for found in identify(blob(data)):
        for part in unwrap(found.NAME, data, small()):
            if isinstance(part, Blob):
                part.read_at(0, 1000)
                identify(part)


@pytest.mark.parametrize("found", formats(), ids=lambda f: f.NAME)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.binary(max_size=700))
def test_no_reader_minds_foreign_bytes(found, data):
    unwrap(found.NAME, data, small())


def test_every_reader_has_a_seed_and_every_seed_a_reader():
    named = [Blob((name,), BytesWindow(data)) for name, data in SEEDS.items()]
    recognised = [{found.NAME for found in identify(each)} for each in named]
    assert all(recognised)
    assert set().union(*recognised) == {found.NAME for found in formats()}


@pytest.mark.parametrize("found", formats(), ids=lambda f: f.NAME)
def test_nothing_starts_but_as_its_reader_says(found):
    def recognised(name, data):
        return found.matches(Blob((name,), BytesWindow(data)), data[:HEAD])

    starts = getattr(found, "STARTS", bytes(range(256)))
    others = [bytes([first]) for first in range(256) if first not in starts]
    seeds = [(name, data) for name, data in SEEDS.items() if recognised(name, data)]
    assert seeds
    for name, data in seeds:
        assert data[0] in starts
        assert not [o for o in others if recognised(name, o + data[1:]) or recognised(name, o + data)]
