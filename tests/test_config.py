"""Options from inputs and from the configuration file."""

import datetime
import re
import tomllib
from pathlib import Path

import pytest
from msgspec.structs import fields

from scanner import configfile
from scanner.config import Lfs, Options, RuleSetting, Suppression, Upload, build
from scanner.configfile import line_of, merge, schema
from scanner.errors import ConfigError
from scanner.finding import Severity
from scanner.limits import Limits

SUPPRESS = f"""
[[suppress]]
rule = "command-on-load"
path = "a.pkl"
sha256 = "{"0" * 64}"
reason = "a mistake"
expires = 2030-12-31
"""


def test_inputs_as_people_write_them() -> None:
    options = build(paths=["a"], fail_on=" Warning ", jobs="4", seconds="1.5", upload="never", base="main")
    assert options.fail_on is Severity.WARNING
    assert options.jobs == 4
    assert options.limits.seconds == 1.5
    assert options.upload is Upload.NEVER
    assert options.head == "HEAD"


def test_empty_inputs_are_not_given() -> None:
    empty = build(
        base="", head="", fail_on="", jobs="", seconds="", config="", sarif_file="", upload="", token=""
    )
    assert empty == build() == Options()


def test_never_is_not_the_same_as_not_given() -> None:
    assert build(fail_on="never").fail_on is None
    assert merge(build(fail_on="never"), 'fail-on = "note"', "f").fail_on is None
    assert merge(build(), 'fail-on = "never"', "f").fail_on is None


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (
            {"fail_on": "warnings"},
            r"fail-on must be one of error, warning, note, never; .* did you mean `warning`",
        ),
        ({"lfs": "yes"}, "lfs must be one of auto, never; got 'yes'"),
        ({"fail_on_existing": "no"}, "fail-on-existing must be one of true, false; got 'no'"),
        ({"upload": "yes"}, "upload must be one of auto, always, never; got 'yes'"),
        ({"jobs": "0"}, "jobs must be a whole number of at least 1"),
        ({"jobs": 0}, "jobs must be a whole number of at least 1"),
        ({"jobs": "two"}, "got 'two'"),
        ({"seconds": "-1"}, "timeout must be a number above 0"),
        ({"seconds": "nan"}, "timeout must be a number above 0"),
        ({"seconds": "inf"}, "timeout must be a number above 0"),
    ],
)
def test_wrong_inputs_say_what_is_right(inputs: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build(**inputs)  # type: ignore[arg-type]


def test_the_token_is_not_shown() -> None:
    assert "s3cret" not in repr(build(token="s3cret"))


def test_paths_narrow_a_revision_and_an_input_wins() -> None:
    text = 'paths = ["weights/**"]\n'
    assert merge(build(head="HEAD"), text, "f").paths == ("weights/**",)
    assert merge(build(head="HEAD", paths=["a"]), text, "f").paths == ("a",)
    assert merge(build(paths=["file.pt"]), text, "f").paths == ("file.pt",)
    assert merge(build(), text, "f").paths == ()


def test_an_input_wins_over_the_file_and_excludes_add_up() -> None:
    text = 'fail-on = "note"\njobs = 2\nexclude = ["b"]\n[limits]\nsteps = 5\nseconds = 9\n'
    merged = merge(build(fail_on="warning", excludes=["a"], seconds=3), text, "f")
    assert merged.fail_on is Severity.WARNING
    assert merged.jobs == 2
    assert merged.excludes == ("a", "b")
    assert merged.limits == Limits(steps=5, seconds=3)
    assert merge(build(), text, "f").limits == Limits(steps=5, seconds=9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('fial-on = "error"', "modelgate.toml:1: unknown key `fial-on`; did you mean `fail-on`"),
        ("[limits]\nstep = 1", "modelgate.toml:2: unknown key `limits.step`; did you mean `steps`"),
        ("[limts]", "unknown key `limts`; did you mean `limits`"),
        ('fail-on = "errors"', "`fail-on`: 'errors' is not one of"),
        ("[limits]\ndepth = 0", "`limits.depth`: .* A whole number of at least 1"),
        ("[limits]\ndepth = 1.5", "`limits.depth`: 1.5 is not of type 'integer'"),
        ("[limits]\nseconds = nan", "`limits.seconds` must be a number above 0"),
        ("[limits]\nseconds = inf", "modelgate.toml:2: `limits.seconds`: inf is greater than"),
        ("limits = 3", "`limits`: 3 is not of type 'object'"),
        ("jobs = true", "`jobs`: True is not of type 'integer'"),
        ("[limits]\nmemory = 9223372036854775808", "modelgate.toml:2: `limits.memory`: .* greater than"),
        ("[limits]\n\nseconds = 1e300", "modelgate.toml:3: `limits.seconds`: .* at most a day"),
        ('exclude = "docs"', "`exclude`: 'docs' is not of type 'array'"),
        ("patterns = 3", "`patterns`: 3 is not of type 'string', 'array'"),
        ("patterns = []", r"`patterns`: \[\] should be non-empty"),
        ('exclude = [""]', "`exclude.0`: .* A glob that is not empty"),
        ("\nfail-on = ", "modelgate.toml:2: not valid TOML: .*"),
        ("fail-on = 'x\n\n", "modelgate.toml:1: not valid TOML"),
        ("\nfail-on == 1", "modelgate.toml:2: not valid TOML"),
        ("jobs = 1\njobs = 2", "modelgate.toml:2: not valid TOML: Cannot overwrite"),
        ("jobs = " + "[" * 100_000, "modelgate.toml:1: not valid TOML: nested too deeply"),
        (
            "jobs = 1\nexclude = [\n" + "[\n" * 5_000,
            r"modelgate.toml:\d{3,}: not valid TOML: nested too deeply",
        ),
        ("\n\njobs = " + "9" * 10_000 + "\n\n", "modelgate.toml:3: not valid TOML: a number too long"),
        ("# x\n\njobs = 0", "modelgate.toml:3: `jobs`: 0 is less than"),
        (
            "[rules.x]\nsevrity = 1",
            "modelgate.toml:2: unknown key `rules.x.sevrity`; did you mean `severity`",
        ),
        ("\n[rules.x]\nfail = 1", "modelgate.toml:3: `rules.x.fail`: 1 is not of type 'boolean'"),
        ('[rules.x]\nseverity = "never"', "modelgate.toml:2: .*error, warning or note"),
        ("[rules]\nx = 1", "modelgate.toml:2: `rules.x`: 1 is not of type 'object'"),
        ("lfs = true", "modelgate.toml:1: `lfs`: .* auto or never"),
        ('fail-on-existing = "no"', "`fail-on-existing`: 'no' is not of type 'boolean'"),
        ("[suppress]", "`suppress`: {} is not of type 'array'"),
        (
            SUPPRESS.replace("reason", "raeson"),
            "modelgate.toml:6: unknown key `suppress.0.raeson`; did you mean",
        ),
        (SUPPRESS.replace("reason", "# reason"), "modelgate.toml:2: `suppress.0`: 'reason' is a required"),
        (SUPPRESS.replace("0" * 64, "abc"), "modelgate.toml:5: `suppress.0.sha256`: .*64 hexadecimal"),
        (
            SUPPRESS.replace("2030-12-31", '"2030-02-30"'),
            "modelgate.toml:7: `suppress.0.expires`: day is out",
        ),
        (SUPPRESS.replace("2030-12-31", "2030-12-31T10:00:00"), "modelgate.toml:7: `suppress.0.expires`: "),
        (SUPPRESS.replace("2030-12-31", '"soon"'), "modelgate.toml:7: .*The last day"),
        (SUPPRESS.replace('"a mistake"', '" "'), "modelgate.toml:6: .*in words"),
        (f'{SUPPRESS}{SUPPRESS}sha265 = "x"', "modelgate.toml:15: unknown key `suppress.1.sha265`"),
    ],
)
def test_wrong_files_say_what_is_right(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        merge(build(), text, "modelgate.toml")


def test_a_file_that_is_not_utf_8() -> None:
    with pytest.raises(ConfigError, match=r"modelgate\.toml:3: .*UTF-8"):
        configfile.text(b"jobs = 1\n\n# caf\xe9\n", "modelgate.toml")
    assert configfile.text("# café".encode(), "f") == "# café"


def test_rules_and_suppressions() -> None:
    text = (
        f'fail-on-existing = false\nlfs = "never"\n[rules.beacon]\nseverity = "note"\nfail = true\n{SUPPRESS}'
    )
    options = merge(build(), text, "f")
    assert options.fail_on_existing is False
    assert options.lfs is Lfs.NEVER
    assert options.rules == {"beacon": RuleSetting(Severity.NOTE, True, "f:3")}
    day = datetime.date(2030, 12, 31)
    expected = Suppression("command-on-load", "a.pkl", "0" * 64, "a mistake", day, "f:7")
    assert options.suppressions == (expected,)
    assert merge(build(), SUPPRESS.replace("2030-12-31", '"2030-12-31"'), "f").suppressions[0].expires == day
    inputs = merge(build(fail_on_existing="TRUE", lfs="auto"), text, "f")
    assert (inputs.fail_on_existing, inputs.lfs) == (True, Lfs.AUTO)


LINES = """\
a = 1 # comment
b = [
    1,
    "]",

    2,
]
text = '''
c = 3
[d]
'''

[d]
e.f = {g = [1, {h = 2}]}
[[x]]
[[x]]
y = 1

[[x]]
"y" = 2\r
[z."a.b"]
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("a",), 1),
        (("b",), 2),
        (("b", 2), 2),
        (("text",), 8),
        (("d",), 13),
        (("d", "e", "f", "g", 1, "h"), 14),
        (("x",), 15),
        (("x", 1), 16),
        (("x", 1, "y"), 17),
        (("x", 2), 19),
        (("x", 2, "y"), 20),
        (("z", "a.b"), 21),
    ],
)
def test_the_line_of_a_value(path: tuple[str | int, ...], line: int) -> None:
    tomllib.loads(LINES)
    assert line_of(LINES, path) == line


def test_the_schema_knows_every_limit_and_says_what_it_is() -> None:
    limits = schema()["properties"]["limits"]["properties"]
    assert set(limits) == {field.name for field in fields(Limits)}
    assert all(entry["description"] for entry in (*schema()["properties"].values(), *limits.values()))


def test_the_example_of_the_documentation_is_valid_and_complete() -> None:
    page = Path(__file__).parent.parent.joinpath("docs", "configuration.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    options = merge(build(), example, "docs/configuration.md")
    assert options.fail_on is Severity.WARNING
    whole = schema()["properties"]
    inner = (whole["limits"], whole["rules"]["additionalProperties"], whole["suppress"]["items"])
    for part in (whole, *(table["properties"] for table in inner)):
        assert all(re.search(rf"^\[*{key}\b", example, re.MULTILINE) for key in part)
