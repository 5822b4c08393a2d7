"""Our dataclasses behave like the standard ones, whichever way they are declared."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from scanner import dataclass as light

Decorator = Callable[..., Callable[[type[Any]], type[Any]]]


@pytest.fixture(params=[dataclasses, light], ids=["standard", "ours"])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


def declared(kind: Any, **options: bool) -> type[Any]:
    @kind.dataclass(**options)
    class Point:
        """A point."""

        x: int
        y: int = 0
        tags: list[str] = kind.field(default_factory=list)
        note: str = kind.field(default="", compare=False, repr=False)

        @property
        def sum(self) -> int:
            return self.x + self.y

    return Point


FORMS = [{"slots": s, "frozen": f} for s in (False, True) for f in (False, True)]


@pytest.mark.parametrize("options", FORMS)
def test_instances_are_made_compared_and_shown_alike(kind: Any, options: dict[str, bool]) -> None:
    cls = declared(kind, **options)
    first, second = cls(1), cls(x=1, y=0, tags=[], note="other")
    assert (first.x, first.y, first.tags, first.sum) == (1, 0, [], 1)
    assert first.tags is not second.tags
    assert first == second != cls(2)
    assert first != (1, 0, [])
    assert repr(first).endswith("Point(x=1, y=0, tags=[])")
    assert cls.__match_args__ == ("x", "y", "tags", "note")
    assert (cls.__doc__, cls.__name__, cls.__module__) == ("A point.", "Point", __name__)
    assert hasattr(first, "__dict__") is not options["slots"]


@pytest.mark.parametrize("arguments", [((), {}), ((1, 2, [], "", 5), {}), ((1,), {"z": 2}), ((1,), {"x": 2})])
def test_wrong_arguments_are_refused_at_every_call(kind: Any, arguments: Any) -> None:
    cls = declared(kind, frozen=True, slots=True)
    for _ in range(2):
        with pytest.raises(TypeError):
            cls(*arguments[0], **arguments[1])


def test_frozen_means_frozen_and_hashable(kind: Any) -> None:
    cls = declared(kind, frozen=True, slots=True)
    point = cls(1, tags=())
    for change in (
        lambda: setattr(point, "x", 2),
        lambda: delattr(point, "x"),
    ):
        with pytest.raises(AttributeError):
            change()
    assert hash(point) == hash(cls(1, tags=(), note="other"))
    assert len({point, cls(1, tags=()), cls(2, tags=())}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(declared(kind, slots=True)(1))


def test_identity_and_order_by_request(kind: Any) -> None:
    assert declared(kind, eq=False)(1) != declared(kind, eq=False)(1)
    cls = declared(kind, frozen=True, order=True)
    assert sorted([cls(2), cls(1, 5), cls(1, 3)]) == [cls(1, 3), cls(1, 5), cls(2)]
    assert cls(1) <= cls(1) >= cls(1)
    with pytest.raises(TypeError):
        sorted([cls(1), (1,)])


def test_own_methods_stay_and_the_value_is_checked(kind: Any) -> None:
    @kind.dataclass(frozen=True, slots=True)
    class Even:
        value: int

        def __post_init__(self) -> None:
            if self.value % 2:
                raise ValueError("odd")

        def __repr__(self) -> str:
            return "even"

    assert repr(Even(2)) == "even"
    with pytest.raises(ValueError, match="odd"):
        kind.replace(Even(2), value=3)
    assert dataclasses.replace(Even(2), value=4) == kind.replace(Even(2), value=4) == Even(4)
    with pytest.raises(TypeError):
        kind.replace(Even(2), other=3)


def test_the_standard_library_knows_them(kind: Any) -> None:
    point = declared(kind, frozen=True, slots=True)(1, tags=["a"])
    assert dataclasses.is_dataclass(point)
    assert dataclasses.asdict(point) == {"x": 1, "y": 0, "tags": ["a"], "note": ""}
    assert [field.name for field in dataclasses.fields(point)] == ["x", "y", "tags", "note"]


def test_patterns_match_by_position(kind: Any) -> None:
    cls = declared(kind, slots=True)
    match cls(1, 2):
        case cls(1, y):
            assert y == 2
        case _:
            pytest.fail("no match")
