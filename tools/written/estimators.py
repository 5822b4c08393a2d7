"""Every estimator of scikit-learn, fitted where that goes by itself, and functions, as skops archives."""

import operator
import warnings
from functools import partial
from pathlib import Path

import numpy
import skops.io
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.utils import all_estimators

warnings.filterwarnings("ignore")
X, Y = make_classification(80, 8, random_state=0)
OBJECTS = {
    "pipeline": make_pipeline(StandardScaler(), SVC()).fit(X, Y),
    "search": GridSearchCV(SVC(), {"C": [1, 2]}).fit(X, Y),
    "function": FunctionTransformer(numpy.log1p),
    "partial": partial(numpy.clip, a_min=0),
    "getter": operator.itemgetter(1),
    "method": SVC().fit,
    "generator": numpy.random.default_rng(1),
    "values": {"a": b"bytes", 1: 2.5, "s": slice(1, 2), "t": (1, {2})},
}


def fitted(cls: type) -> object:
    """An estimator, fitted on what it accepts; not at all if it accepts none of it."""
    made = cls()
    for data in ((X, Y), (numpy.abs(X), Y), (numpy.abs(X),)):
        try:
            return made.fit(*data)
        except Exception:
            continue
    return made


for name, cls in all_estimators():
    try:
        OBJECTS[name] = fitted(cls)
    except TypeError:  # it wants another estimator
        continue
for name, value in OBJECTS.items():
    try:
        content = skops.io.dumps(value)
    except Exception:
        continue  # a type that skops does not write
    Path(f"{name}.skops").write_bytes(content)
