"""A container engine and a base image, from whatever the machine offers.

An engine that answers is used; where there is none, root on Debian starts one (package docker.io).
A base image comes from a registry; where none is reachable, debootstrap makes a Debian that takes
its name. Such a base trusts the certificate bundle of this machine and uses its package index, so
that the Dockerfile need not know about either.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
SUITE = "trixie"


class UnavailableError(Exception):
    """What is missing on this machine, for people."""


def docker(*arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    """Run the client; raises CalledProcessError with both streams in ``stdout``."""
    return subprocess.run(
        ["docker", *arguments],
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **more,
    )


@contextmanager
def running() -> Iterator[None]:
    """An engine that answers for the length of the block."""
    if shutil.which("docker") is None:
        raise UnavailableError("no `docker` on PATH (Debian: apt-get install docker.io)")
    if _answers():
        yield
        return
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        raise UnavailableError("no container engine answers, and starting one needs root and dockerd")
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(["dockerd"], stdout=log, stderr=log, start_new_session=True)
        try:
            deadline = time.monotonic() + 60
            while not _answers():
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise UnavailableError(f"dockerd does not start:\n{log.read()[-2000:]}")
                time.sleep(0.2)
            yield
        finally:
            process.terminate()
            process.wait(60)


def base() -> str:
    """The name of the base image of our Dockerfile, which exists locally afterwards."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    name = next(line.removeprefix("ARG BASE=") for line in lines if line.startswith("ARG BASE="))
    for attempt in (["image", "inspect", name], ["pull", "--quiet", name]):
        try:
            docker(*attempt, timeout=300)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            continue
        return name
    _bootstrap(name)
    return name


def _answers() -> bool:
    done = subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=60)
    return done.returncode == 0


def _bootstrap(name: str) -> None:
    """A minimal Debian with Python, imported as ``name``."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise UnavailableError(f"{name} cannot be pulled, and making it needs root and debootstrap")
    mirror = os.environ.get("MODELGATE_E2E_MIRROR", "http://deb.debian.org/debian")
    with tempfile.TemporaryDirectory(prefix="modelgate-base-") as root:
        packages = "ca-certificates,python3,python3-venv"
        command = ["debootstrap", "--variant=minbase", f"--include={packages}", SUITE, root, mirror]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UnavailableError(f"debootstrap fails: {done.stdout[-1000:]}{done.stderr[-1000:]}")
        if BUNDLE.exists():
            shutil.copyfile(BUNDLE, f"{root}{BUNDLE}")
        shutil.rmtree(f"{root}/var/cache/apt/archives", ignore_errors=True)
        environment = {"PIP_CERT": str(BUNDLE)} | {
            key: os.environ[key] for key in ("PIP_INDEX_URL", "PIP_TRUSTED_HOST") if key in os.environ
        }
        changes = [f"--change=ENV {key}={value}" for key, value in environment.items()]
        archive = subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE)
        docker("import", *changes, "-", name, stdin=archive.stdout)
        if archive.wait():
            raise UnavailableError("tar could not read the bootstrapped system")
