"""One row of the effects tables: what a call does with each of its arguments."""

import re
from collections.abc import Mapping

from msgspec import Struct, field

_ROW = re.compile(
    r"(?P<kind>[a-z]+(?:\.[a-z]+)+)\s+"
    r"(?P<name>\w+(?:(?:\(\))?\.\w+)*(?:\.\*)?)"
    r"\((?P<roles>[^()]*)\)"
    r"(?:\s+->\s+(?P<returns>[a-z]+(?:\.[a-z]+)+))?"
    r"\s*(?:#\s*(?P<reason>.*))?"
)
_PARAMETER = re.compile(r"(?P<rest>\*?)(?:(?P<name>\w+)(?P<how>[:=]))?(?P<role>[a-z_]+)")


class Api(Struct, frozen=True):
    """What is known about a callable.

    ``name`` is the row's own name, which ends in ``.*`` for a family. ``positional`` holds the
    roles of the arguments in order, ``rest`` the role of all further ones, ``keywords`` the roles
    of named ones. ``returns`` is the kind of source that the result is. ``method`` says that the
    row was written ``cls().name``: called on the class itself, its first argument is the instance.
    """

    kind: str
    name: str
    positional: tuple[str, ...] = ()
    keywords: Mapping[str, str] = field(default_factory=dict)
    rest: str = "_"
    returns: str | None = None
    method: bool = False
    reason: str = ""

    def role(self, argument: int | str) -> str:
        """The role of the argument at this position or with this keyword; ``_`` when it has none."""
        if isinstance(argument, str):
            return self.keywords.get(argument, "_")
        return self.positional[argument] if argument < len(self.positional) else self.rest


def parse_api(row: str) -> Api:
    """``KIND NAME(role, name:role, name=role, *role) -> SOURCE  # reason`` as an :class:`Api`.

    ``role`` is positional, and may be passed by a keyword that is spelled like the role;
    ``name:role`` is positional with another keyword; ``name=role`` is keyword only; ``*role`` is
    every further positional argument. Raises :class:`ValueError`.
    """
    match = _ROW.fullmatch(row.strip())
    if match is None:
        raise ValueError(f"not of the form 'kind dotted.name(role, …) -> source  # reason': {row.strip()!r}")
    positional: list[str] = []
    keywords: dict[str, str] = {}
    rest = "_"
    for text in filter(None, map(str.strip, match["roles"].split(","))):
        parameter = _PARAMETER.fullmatch(text)
        if parameter is None:
            raise ValueError(f"parameter {text!r} is not 'role', 'name:role', 'name=role' or '*role'")
        role = parameter["role"]
        if parameter["rest"]:
            rest = role
            continue
        if parameter["how"] != "=":
            positional.append(role)
        keywords[parameter["name"] or role] = role
    keywords.pop("_", None)
    name = match["name"]
    return Api(
        match["kind"],
        name.replace("()", ""),
        tuple(positional),
        keywords,
        rest,
        match["returns"],
        "()." in name,
        match["reason"] or "",
    )
