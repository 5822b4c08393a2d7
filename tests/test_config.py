"""Options from inputs and from the configuration file."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from scanner.config import Options, Upload, build, merge, schema
from scanner.errors import ConfigError
from scanner.finding import Severity
from scanner.limits import Limits


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
        ('fial-on = "error"', "modelgate.toml: unknown key `fial-on`; did you mean `fail-on`"),
        ("[limits]\nstep = 1", "unknown key `limits.step`; did you mean `steps`"),
        ("[limts]", "unknown key `limts`; did you mean `limits`"),
        ('fail-on = "errors"', "`fail-on`: 'errors' is not one of"),
        ("[limits]\ndepth = 0", "`limits.depth`: .* A whole number of at least 1"),
        ("[limits]\ndepth = 1.5", "`limits.depth`: 1.5 is not of type 'integer'"),
        ("[limits]\nseconds = nan", "`limits.seconds` must be a number above 0"),
        ("[limits]\nseconds = inf", "`limits.seconds` must be a number above 0"),
        ("limits = 3", "`limits`: 3 is not of type 'object'"),
        ("jobs = true", "`jobs`: True is not of type 'integer'"),
        ('exclude = "docs"', "`exclude`: 'docs' is not of type 'array'"),
        ('exclude = [""]', "`exclude.0`: .* A glob that is not empty"),
        ("fail-on = ", "modelgate.toml is not valid TOML"),
    ],
)
def test_wrong_files_say_what_is_right(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        merge(build(), text, "modelgate.toml")


def test_the_schema_knows_every_limit_and_says_what_it_is() -> None:
    limits = schema()["properties"]["limits"]["properties"]
    assert set(limits) == {field.name for field in fields(Limits)}
    assert all(entry["description"] for entry in (*schema()["properties"].values(), *limits.values()))


def test_the_example_of_the_documentation_is_valid_and_complete() -> None:
    page = Path(__file__).parent.parent.joinpath("docs", "configuration.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    options = merge(build(), example, "docs/configuration.md")
    assert options.fail_on is Severity.WARNING
    for part in (schema()["properties"], schema()["properties"]["limits"]["properties"]):
        assert all(re.search(rf"^\[?{key}\b", example, re.MULTILINE) for key in part)
