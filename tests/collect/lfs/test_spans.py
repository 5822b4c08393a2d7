"""What is here and what is not, held against a set of numbers."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.collect.lfs.spans import Spans

RUNS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RUNS, RUNS)
def test_the_first_gap(added: list[tuple[int, int]], asked: list[tuple[int, int]]) -> None:
    spans, here = Spans(), set[int]()
    for start, stop in added:
        spans.add(start, stop)
        here.update(range(start, stop))
        bounds = [x for pair in zip(spans.starts, spans.stops, strict=True) for x in pair]
        assert bounds == sorted(set(bounds))
    for start, stop in asked:
        missing = [i for i in range(start, stop) if i not in here]
        run = next((i for i in range(missing[0], stop) if i in here), stop) if missing else 0
        assert spans.gap(start, stop) == ((missing[0], run) if missing else None)
