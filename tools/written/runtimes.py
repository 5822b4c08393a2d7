"""Networks and regressions as graphs of OpenVINO, programs of PaddlePaddle and documents of PMML."""

import warnings

import numpy
import nyoka
import openvino
import paddle
from openvino import opset13 as ops
from sklearn.ensemble import GradientBoostingClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

warnings.filterwarnings("ignore")
numbers = numpy.random.default_rng(0)
X = numbers.normal(size=(60, 4))
Y = (X[:, 0] > 0).astype(int)
NAMES = ["a", "b", "c", "d"]


def openvino_graphs() -> None:
    """Graphs, and the numbers beside them; one that OpenVINO has compressed, one from ONNX by way of none."""
    row, image = ops.parameter([2, 4], name="row"), ops.parameter([1, 3, 8, 8], name="image")
    weights = ops.constant(numbers.normal(size=(4, 3)).astype("f4"))
    kernel = ops.constant(numbers.normal(size=(2, 3, 3, 3)).astype("f4"))
    count = ops.parameter([3], numpy.int64, name="count")
    shape = ops.shape_of(row)
    results = {
        "matmul": (ops.relu(ops.matmul(row, weights, False, False)), row),
        "softmax": (ops.softmax(ops.matmul(row, weights, False, False), -1), row),
        "convolution": (ops.convolution(image, kernel, [1, 1], [0, 0], [0, 0], [1, 1]), image),
        "gather": (ops.gather(ops.constant(numpy.arange(12).reshape(4, 3)), count, ops.constant(0)), count),
        "reshape": (ops.reshape(row, ops.concat([shape, ops.constant([1], numpy.int64)], 0), False), row),
    }
    for name, (result, given) in results.items():
        model = openvino.Model([result], [given], name)
        openvino.save_model(model, f"{name}.xml")
        openvino.serialize(model, f"{name}-plain.xml")


def paddle_programs() -> None:
    """Programs for inference with parameters beside them, and what training keeps."""
    some = paddle.nn
    paddle.seed(0)
    networks = {
        "linear": (some.Sequential(some.Linear(4, 8), some.ReLU(), some.Linear(8, 2)), [None, 4], "float32"),
        "convolution": (some.Sequential(some.Conv2D(3, 2, 3), some.BatchNorm2D(2)), [1, 3, 8, 8], "float32"),
        "pooling": (some.Sequential(some.Conv1D(4, 2, 3), some.MaxPool1D(2)), [1, 4, 8], "float32"),
        "embedding": (some.Sequential(some.Embedding(10, 4), some.Linear(4, 2)), [1, 3], "int64"),
        "normal": (some.Sequential(some.Linear(4, 4), some.Softmax(), some.LayerNorm(4)), [1, 4], "float32"),
    }
    for name, (network, shape, kind) in networks.items():
        network.eval()
        paddle.save(network.state_dict(), f"{name}.pdparams")
        optimiser = paddle.optimizer.Adam(parameters=network.parameters())
        paddle.save(optimiser.state_dict(), f"{name}.pdopt")
        kinds = [paddle.static.InputSpec(shape, kind)]
        paddle.jit.save(network, f"{name}-json", input_spec=kinds)
        with paddle.pir_utils.OldIrGuard():  # as until Paddle 3
            paddle.jit.save(network, name, input_spec=kinds)


def documents() -> None:
    """Estimators of scikit-learn."""
    for estimator in (
        *(LinearRegression(), LogisticRegression(), GaussianNB(), SVC(), KNeighborsClassifier()),
        *(DecisionTreeClassifier(max_depth=3), RandomForestRegressor(3), GradientBoostingClassifier()),
    ):
        name = type(estimator).__name__
        fitted = make_pipeline(StandardScaler(), estimator).fit(X, Y)
        nyoka.skl_to_pmml(fitted, NAMES, "y", f"{name}.pmml")


openvino_graphs()
paddle_programs()
documents()
