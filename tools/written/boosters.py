"""Boosters of XGBoost, LightGBM and CatBoost, in each of their own formats."""

import catboost
import lightgbm
import numpy
import xgboost

numbers = numpy.random.default_rng(0)
X = numbers.normal(size=(200, 6))
TWO, THREE = (X[:, 0] > 0).astype(int), numbers.integers(0, 3, 200)

for name, options in {
    "binary": {"objective": "binary:logistic"},
    "classes": {"objective": "multi:softprob", "num_class": 3},
    "linear": {"booster": "gblinear"},
    "dart": {"booster": "dart", "rate_drop": 0.1},
    "huber": {"objective": "reg:pseudohubererror"},
}.items():
    table = xgboost.DMatrix(X, THREE if name == "classes" else TWO)
    booster = xgboost.train(options, table, 5)
    booster.set_attr(note="written for a test")
    for suffix in ("json", "ubj"):
        booster.save_model(f"xgboost-{name}.{suffix}")

for name, options in {
    "binary": {"objective": "binary"},
    "classes": {"objective": "multiclass", "num_class": 3},
    "regression": {"objective": "regression"},
    "dart": {"boosting": "dart"},
    "linear": {"linear_tree": True},
}.items():
    table = lightgbm.Dataset(X, THREE if name == "classes" else TWO)
    lightgbm.train({**options, "verbose": -1}, table, 5).save_model(f"lightgbm-{name}.txt")

QUIET = {"iterations": 5, "verbose": 0, "allow_writing_files": False}
for name, made, target in (
    ("binary", catboost.CatBoostClassifier(**QUIET), TWO),
    ("classes", catboost.CatBoostClassifier(**QUIET), THREE),
    ("regression", catboost.CatBoostRegressor(**QUIET), TWO),
    ("lossguide", catboost.CatBoostRegressor(grow_policy="Lossguide", **QUIET), TWO),
    ("ordered", catboost.CatBoostRegressor(boosting_type="Ordered", **QUIET), TWO),
):
    made.fit(X, target)
    made.save_model(f"catboost-{name}.cbm")
    made.save_model(f"catboost-{name}.json", format="json")
    if name in {"binary", "regression"}:
        made.save_model(f"catboost-{name}.pmml", format="pmml")
