"""The file was not scanned.

No reader knows it, it is not in the checkout (a Git LFS pointer, a submodule), or it is not a file at
all (a symbolic link). It is reported because silence would read as "clean". An empty file is reported
where a checkpoint is expected; elsewhere there is nothing in it to scan.

Bad:

    anomaly unsupported 'no reader recognises this file'

Good:

    %0 = const 1
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from scanner.facts import Anomaly, Facts
from scanner.finding import Finding, Precision, Rule, Severity
from scanner.rules._report import anomaly_finding

RULE = Rule(
    id="unscanned-artifact",
    title="The file was not scanned",
    severity=Severity.WARNING,
    precision=Precision.HIGH,
    security_severity=5.5,
    cwe=(693,),
    attack=("T1027",),
    atlas=("AML.T0015",),
)

# Suffixes that loaders of checkpoints and datasets read: there, not knowing is worth a review.
CHECKPOINTS = frozenset({
    ".arrow", ".bin", ".caffemodel", ".ckpt", ".cpb", ".dill", ".engine", ".feather", ".ftz", ".ggml",
    ".gguf", ".h5", ".hdf5", ".joblib", ".keras", ".mar", ".mlmodel", ".model", ".msgpack", ".nemo", ".npy",
    ".npz", ".onnx", ".params", ".parquet", ".pb", ".pdmodel", ".pdparams", ".pickle", ".pk", ".pkl", ".pmml",
    ".pt", ".pt2", ".pte", ".pth", ".ptl", ".rds", ".safetensors", ".skops", ".t7", ".tflite", ".weights",
})  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for everything that was left out; a review where a loader would read it."""
    for anomaly in facts.anomalies:
        if anomaly.kind == "unsupported" or (anomaly.kind == "empty" and _loadable(anomaly)):
            severity = Severity.WARNING if _loadable(anomaly) else Severity.NOTE
            yield anomaly_finding(RULE, anomaly, f"This file was not scanned: {anomaly.message}.", severity)


def _loadable(anomaly: Anomaly) -> bool:
    """Whether something loads it: code or data inside another file, or a checkpoint by its name."""
    return len(anomaly.site.trail) > 1 or PurePosixPath(anomaly.site.path).suffix.lower() in CHECKPOINTS
