# The image of the Action. The runner starts it as root, with the workspace mounted and a working
# directory of its own choice; so there is no USER and no WORKDIR here, and the entry point is absolute.
#
# Any Debian with Python 3.11 or later will do as a base: the virtual environment takes whichever
# `python3` the base has.
ARG BASE=python:3.13-slim-trixie
FROM ${BASE}

# No pinned versions: Debian's security updates of git are wanted. The Perl that git brings along (50 MB) is
# for sub-commands that are not used here, such as `add --patch` and `send-email`.
# hadolint ignore=DL3008,SC2046
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* \
 && dpkg --purge --force-depends \
        $(dpkg-query --show --showformat '${Package} ' perl 'perl-modules-*' 'libperl5*' liberror-perl)

# pip goes once it has done its work: nothing in this image installs anything. The path file makes
# the scanner importable under `python -I`, which workers use.
COPY requirements/image.txt /opt/modelgate/requirements.txt
RUN python3 -m venv /opt/modelgate/venv \
 && /opt/modelgate/venv/bin/python -m pip install --no-cache-dir --no-deps --require-hashes \
        --only-binary=:all: --requirement /opt/modelgate/requirements.txt \
 && /opt/modelgate/venv/bin/python -c "import pathlib, site; pathlib.Path(site.getsitepackages()[0], 'modelgate.pth').write_text('/opt/modelgate')" \
 && /opt/modelgate/venv/bin/python -m pip uninstall --yes pip

# Workers give up root: everything must be readable, and compiled now, by anybody.
COPY LICENSE entrypoint.py /opt/modelgate/
COPY scanner /opt/modelgate/scanner
# Only what needs it: whatever a layer changes, it holds once more.
RUN find /opt/modelgate/entrypoint.py /opt/modelgate/scanner \( ! -perm -444 -o -type d ! -perm -555 \) \
        -exec chmod a+rX {} + \
 && /opt/modelgate/venv/bin/python -m compileall -q /opt/modelgate/scanner

ENTRYPOINT ["/opt/modelgate/venv/bin/python", "-I", "/opt/modelgate/entrypoint.py"]
