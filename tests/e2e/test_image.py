"""What the image is made of."""

import json
import subprocess

from tests.e2e.engine import docker

ADDED = 220_000_000  # bytes that our layers may add to the base; a third of them is derived knowledge
FRAMEWORKS = ("torch", "tensorflow", "keras", "numpy", "sklearn", "joblib", "pip")


def _layers(name: str) -> list[int]:
    history = docker("history", "--no-trunc", "--human=false", "--format", "{{.Size}}", name)
    return [int(size) for size in history.stdout.split()]


def test_our_layers_stay_small(image: str, base_image: str) -> None:
    added = sum(_layers(image)) - sum(_layers(base_image))
    assert 0 < added < ADDED


def test_the_runner_can_start_it(image: str) -> None:
    (inspected,) = json.loads(docker("image", "inspect", image).stdout)
    config = inspected["Config"]
    assert config["User"] == ""
    assert config["WorkingDir"] in ("", "/")
    assert all(part.startswith(("/", "-")) for part in config["Entrypoint"])


def test_no_framework_and_no_installer(image: str) -> None:
    code = f"import importlib.util as u; print([n for n in {FRAMEWORKS!r} if u.find_spec(n)])"
    done = docker("run", "--rm", "--entrypoint=/opt/modelgate/venv/bin/python", image, "-I", "-c", code)
    assert done.stdout.strip() == "[]"


def test_an_unprivileged_worker_can_read_all_of_it(image: str) -> None:
    find = "find /opt/modelgate ! -type l ( ! -perm -o=r -o -type d ! -perm -o=x )"
    done = docker("run", "--rm", "--entrypoint=find", image, *find.split()[1:])
    assert done.stdout == ""


def test_outside_of_a_runner_it_fails_with_advice(image: str) -> None:
    done = subprocess.run(["docker", "run", "--rm", image], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout.startswith("::error::")
