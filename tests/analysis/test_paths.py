"""A path is not what it leads to."""

from tests.quiet.scanning import rules, told


def test_a_path_that_is_loaded_is_not_taken_for_a_broken_pickle() -> None:
    source = b'import torch\nPATH = "weights/best.pt"\nstate = torch.load(PATH, map_location="cpu")\n'
    assert not any("pickle is expected" in message for message in told(source, "corpus.py"))


def test_bytes_that_are_loaded_and_are_no_pickle_are_told() -> None:
    assert "format-mismatch" in rules(b"import pickle\npickle.loads(b'not a pickle at all')\n", "corpus.py")
