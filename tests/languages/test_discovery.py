"""Languages are found by being there, and imported by name."""

import scanner.languages
from scanner.discovery import names
from scanner.languages import language


def test_every_language_goes_by_the_name_of_its_module() -> None:
    found = names(scanner.languages.__name__)
    assert "pickle" in found
    assert [getattr(language(name), "NAME", None) for name in found] == found


def test_there_is_no_language_of_any_other_name() -> None:
    assert language("cobol") is None
    assert language("_private") is None
    assert language("..analysis") is None
