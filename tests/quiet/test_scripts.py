"""Dataset scripts and packed files as people write them."""

import gzip
import random

import pytest

from scanner.analysis import evaluate
from tests.quiet.scanning import rules, told

BUILDER = """
import csv
import datasets
import pytest

LANGUAGES = ["aa", "ab", "af", "ak", "an", "ar", "as", "av", "ay", "az"] * 6
PAIRS = []
for index, source in enumerate(LANGUAGES):
    for target in LANGUAGES[index + 1:]:
        PAIRS.append((source, target))
URLS = {name: f"https://example.com/{name}.zip" for name in LANGUAGES}


class Films(datasets.GeneratorBasedBuilder):
    BUILDER_CONFIGS = [datasets.BuilderConfig(name=name) for name in LANGUAGES]

    def _info(self):
        return datasets.DatasetInfo(features=datasets.Features({"text": datasets.Value("string")}))

    def _split_generators(self, dl_manager):
        folder = dl_manager.download_and_extract(URLS[self.config.name])
        return [datasets.SplitGenerator(name="train", gen_kwargs={"path": f"{folder}/train.csv"})]

    def _generate_examples(self, path):
        with open(path, encoding="utf-8") as file:
            for key, row in enumerate(csv.reader(file)):
                yield key, {"text": row[0]}


@pytest.mark.parametrize("language", ["aa", "ab -l"])
def test_language(language):
    assert language
"""


def test_a_builder_with_many_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    copied = 0
    original = evaluate.reify

    def counting(*arguments: object) -> object:
        nonlocal copied
        copied += 1
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(evaluate, "reify", counting)
    assert told(BUILDER.encode(), "films.py") == []
    assert copied < 20_000  # appending to a list does not copy it


def test_a_program_run_by_its_path_is_read_once() -> None:
    script = b"import os\n\nos.system('./convert')\nos.execvpe('./convert', ['./convert', 'a'], {})\n"
    assert "incomplete-analysis" not in rules(script, "run.py")


def test_a_long_compressed_text_ends_where_it_ends() -> None:
    words = random.Random(1)
    text = " ".join(words.choice(["change", "fix", "release", "note"]) for _ in range(300_000))
    assert told(gzip.compress(text.encode()), "changelog.gz") == []


@pytest.mark.parametrize("name", ["__init__.py", ".gitkeep"])
def test_an_empty_file_is_no_news(name: str) -> None:
    assert told(b"", name) == []


def test_an_empty_checkpoint_is() -> None:
    assert rules(b"", "weights.pt") == {"unscanned-artifact"}
