"""Options and operands of the programs whose arguments matter."""

from collections.abc import Mapping

from msgspec import Struct, field

from scanner.languages.shell.command import Word


def _each(keyword: str, options: str) -> dict[str, str]:
    return dict.fromkeys(options.split(), keyword)


# Options that take a value, and the keyword that the value gets; "-" is of no interest.
VALUED: Mapping[str, Mapping[str, str]] = {
    "curl": {
        **_each("data", "d F T b H data data-raw data-binary data-urlencode data-ascii json form"),
        **_each("data", "form-string upload-file cookie header"),
        **_each("target", "o output"),
        **_each("url", "url"),
        **_each("-", "u x X A e m c w U D C r y Y z E K user proxy request user-agent referer cookie-jar"),
        **_each("-", "max-time write-out connect-timeout retry retry-delay cacert cert key range resolve"),
    },
    "wget": {
        **_each("data", "post-data post-file body-data body-file header"),
        **_each("target", "O output-document"),
        **_each("path", "i input-file"),
        **_each("-", "P U t T o a e w A R D directory-prefix user-agent tries timeout user password"),
        **_each("-", "referer load-cookies save-cookies method"),
    },
    "sh": {"c": "command", **_each("-", "o O rcfile init-file")},
    "python": {"c": "python", "m": "module", **_each("-", "W X")},
    "perl": {**_each("code", "e E"), **_each("-", "I")},
    "ruby": {**_each("code", "e"), **_each("-", "r I C E")},
    "php": {**_each("code", "r B R E"), **_each("-", "c d f")},
    "node": {**_each("code", "e p eval print"), **_each("-", "r require")},
    "interpreter": {**_each("code", "e E r c p eval print execute"), **_each("-", "I l f")},
    "nc": {**_each("command", "e c exec sh-exec"), **_each("-", "p w s i q x X g G I O P T V")},
    "su": {**_each("command", "c command"), **_each("-", "s shell")},
    "ssh": _each("-", "i p l o F L R D J W b c E m S w"),
    "tar": {**_each("target", "C directory"), **_each("-", "exclude transform strip-components")},
    "unzip": {**_each("target", "d"), **_each("-", "P x")},
    "cpio": _each("target", "D directory"),
    "base64": {**_each("-", "w wrap"), "i": "path"},
    "sudo": _each("-", "u g p C h r t T U"),
    "xargs": _each("-", "I n P L d a s E"),
    "timeout": _each("-", "s k signal kill-after"),
    "env": _each("-", "u S C unset chdir"),
    "nice": _each("-", "n adjustment"),
}


# What follows the first operand of these are the options of somebody else.
_OWN = frozenset(
    {
        "sh",
        "python",
        "interpreter",
        "perl",
        "ruby",
        "php",
        "node",
        "ssh",
        "sudo",
        "xargs",
        "timeout",
        "env",
        "nice",
    }
)


class Arguments(Struct):
    """``values`` holds the words of valued options by keyword, ``flags`` all option names."""

    operands: list[Word] = field(default_factory=list)
    values: dict[str, list[Word]] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)


def read_options(program: str, words: list[Word]) -> Arguments:
    """Split the words after a program's name the way ``getopt`` does."""
    valued = VALUED.get(program, {})
    found = Arguments()
    rest = list(reversed(words))
    while rest:
        word = rest.pop()
        text = word.parts[0] if word.parts and isinstance(word.parts[0], str) else ""
        if not text.startswith("-") or text == "-":
            found.operands.append(word)
            if program in _OWN and not found.values.keys() - {"-"}:
                found.operands += reversed(rest)
                break
        elif text == "--":
            found.operands += reversed(rest)
            break
        elif text.startswith("--") or text[1:] in valued:
            name, equals, _ = text.lstrip("-").partition("=")
            found.flags.add(name)
            if name in valued:
                keep = len(text) - len(text.partition("=")[2]) if equals else None
                _keep(found, valued[name], _tail(word, keep) if keep else rest.pop() if rest else None)
        else:
            _cluster(found, valued, word, text, rest)
    return found


def _cluster(found: Arguments, valued: Mapping[str, str], word: Word, text: str, rest: list[Word]) -> None:
    """``-sSLo file``, ``-ofile``: flags up to the first letter that takes a value."""
    for at, letter in enumerate(text[1:], 1):
        found.flags.add(letter)
        if letter in valued:
            attached = at + 1 < len(text) or len(word.parts) > 1
            _keep(found, valued[letter], _tail(word, at + 1) if attached else rest.pop() if rest else None)
            return


def _keep(found: Arguments, keyword: str, value: Word | None) -> None:
    if value is not None:
        found.values.setdefault(keyword, []).append(value)


def _tail(word: Word, start: int) -> Word:
    first = word.parts[0]
    assert isinstance(first, str)
    parts = (first[start:], *word.parts[1:])
    return Word(tuple(p for p in parts if p != "") or ("",), word.line, word.quoted)
