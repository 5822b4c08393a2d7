"""Whose token it is, and whether it goes there."""

import pytest

from scanner.knowledge.services import at_home, homes


@pytest.mark.parametrize(
    ("secret", "texts", "callee", "expected"),
    [
        ("HF_TOKEN", ["https://huggingface.co/api/whoami"], "requests.get", True),
        ("HF_TOKEN", ["https://huggingface.co.evil.example/api"], "requests.get", False),
        ("HF_TOKEN", ["https://huggingface.co/a", "https://other.example/b"], "requests.get", None),
        ("HF_TOKEN", [], "huggingface_hub.login", True),
        ("HF_TOKEN", [], "requests.get", None),
        ("~/.kaggle/kaggle.json", ["https://www.kaggle.com/api/v1"], "requests.get", True),
        ("ACME_API_KEY", ["https://api.acme.example/v1"], "requests.get", True),
        ("ACME_API_KEY", ["https://api.other.example/v1"], "requests.get", None),
        ("WANDB_API_KEY", [], "wandb.login", True),
        ("/home/u/.ssh/id_rsa", ["https://github.com/x"], "requests.post", False),
    ],
)
def test_where_a_secret_goes(secret: str, texts: list[str], callee: str, expected: bool | None) -> None:
    assert at_home(secret, texts, callee) is expected


def test_what_is_for_nobody() -> None:
    assert homes(".ssh/id_ed25519") == ()
    assert homes("SOME_TOKEN") is None
