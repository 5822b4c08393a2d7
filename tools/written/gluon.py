"""Networks of MXNet: graphs, and parameters alone, in lists and by name, dense and sparse."""

import mxnet
from mxnet import nd
from mxnet.gluon import nn, rnn

mxnet.random.seed(0)
NETWORKS = {
    "dense": ((nn.Dense(8, activation="relu"), nn.Dropout(0.1), nn.Dense(2)), (1, 4)),
    "convolution": ((nn.Conv2D(4, 3), nn.BatchNorm(), nn.MaxPool2D(), nn.Flatten()), (1, 3, 8, 8)),
    "embedding": ((nn.Embedding(10, 4), nn.Dense(2)), (1, 3)),
    "normal": ((nn.Dense(4), nn.LayerNorm(), nn.LeakyReLU(0.1)), (2, 4)),
    "recurrent": ((rnn.LSTM(4, input_size=4),), (5, 1, 4)),
}
for name, (layers, shape) in NETWORKS.items():
    network = nn.HybridSequential()
    network.add(*layers)
    network.initialize(mxnet.init.Xavier())
    network.hybridize()
    network(nd.zeros(shape))
    network.export(name)
    network.save_parameters(f"{name}.params")

nd.save("list.params", [nd.arange(9).reshape((3, 3)), nd.array([1], dtype="int8")])


@mxnet.operator.register("own")
class Own(mxnet.operator.CustomOpProp):
    """An operator that the application brings."""


mxnet.sym.Custom(mxnet.sym.var("data"), op_type="own").save("custom-symbol.json")
kinds = ("float16", "float64", "int64", "uint8")
nd.save("names.params", {f"arg:{kind}": nd.ones((2, 2), dtype=kind) for kind in kinds})
sparse = {"rows": nd.ones((4, 2)).tostype("row_sparse"), "compressed": nd.eye(3).tostype("csr")}
nd.save("sparse.params", sparse)
