"""Networks of PyTorch: saved, scripted, packaged, exported, lowered for ExecuTorch, converted to Core ML."""

import copy

import coremltools
import torch
from coremltools.models.neural_network import NeuralNetworkBuilder
from coremltools.models.pipeline import Pipeline
from coremltools.models.tree_ensemble import TreeEnsembleRegressor
from coremltools.proto import NeuralNetwork_pb2
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.exir import to_edge_transform_and_lower
from torch import nn
from torch.export import Dim, export

torch.manual_seed(0)
torch.set_num_threads(1)
IMAGE, ROW = torch.rand(1, 3, 16, 16), torch.rand(2, 8)


class Branches(nn.Module):
    """What depends on its input, which only a script keeps."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if bool(x.sum() > 3):
            return self.left(x)
        for _ in range(3):
            x = torch.relu(self.right(x))
        return x


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.parts, self.norm = nn.Linear(8, 24), nn.LayerNorm(8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        query, key, value = self.parts(self.norm(x)).chunk(3, dim=-1)
        return torch.softmax(query @ key.transpose(0, 1) / 8**0.5, dim=-1) @ value + x


NETWORKS = {
    "linear": (nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2)), ROW),
    "convolution": (
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        IMAGE,
    ),
    "attention": (Attention(), ROW),
    "embedding": (nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(8, 2)), torch.tensor([[1, 2]])),
    "softmax": (nn.Sequential(nn.Linear(8, 3), nn.Dropout(0.1), nn.Softmax(-1)), ROW),
}


def saved() -> None:
    """Weights, networks, and what training keeps of both."""
    for name, (network, example) in NETWORKS.items():
        torch.save(network.state_dict(), f"{name}.pth")
        torch.jit.trace(network, example).save(f"{name}-traced.pt")
        if name != "attention":  # its class is this program's
            torch.save(network, f"{name}-whole.pt")
    linear = NETWORKS["linear"][0]
    for optimiser in (torch.optim.SGD, torch.optim.AdamW, torch.optim.Adagrad):
        made = optimiser(linear.parameters(), lr=0.1)
        linear(ROW).sum().backward()
        made.step()
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(made, 10)
        parts = {"model": linear, "optimizer": made, "schedule": schedule}
        states = {key: part.state_dict() for key, part in parts.items()}
        torch.save({**states, "epoch": 3, "rng": torch.get_rng_state()}, f"{optimiser.__name__}.ckpt")
    tensors = {
        "half": torch.rand(3).half(),
        "brain": torch.rand(3).bfloat16(),
        "complex": torch.rand(3, dtype=torch.complex64),
        "sparse": torch.eye(3).to_sparse(),
        "rows": torch.eye(3).to_sparse_csr(),
        "quantised": torch.quantize_per_tensor(torch.rand(3), 0.1, 0, torch.qint8),
        "nested": torch.nested.nested_tensor([torch.rand(2), torch.rand(3)]),
        "meta": torch.empty(3, device="meta"),
        "view": torch.rand(4, 4).T[1:],
        "parameter": nn.Parameter(torch.rand(2)),
        "size": torch.Size([1, 2]),
        "kind": torch.float32,
        "device": torch.device("cpu"),
    }
    torch.save(tensors, "tensors.pt")
    torch.save(linear.state_dict(), "old.pth", _use_new_zipfile_serialization=False)


def scripted() -> None:
    """Code of TorchScript, and Python source code in a package."""
    script = torch.jit.script(Branches())
    script.save("branches.pt")
    torch.jit.freeze(script.eval()).save("branches-frozen.pt")
    script._save_for_lite_interpreter("branches.ptl")
    with torch.package.PackageExporter("package.pt") as package:
        package.intern("torch.nn.modules.linear")
        package.extern("**")
        package.save_pickle("model", "linear.pkl", NETWORKS["linear"][0])
        package.save_text("notes", "notes.txt", "written for a test")
    for name, (network, _) in NETWORKS.items():
        torch.fx.symbolic_trace(network).to_folder(f"{name}-folder", "Network")


def exported() -> None:
    """Exported programs, of fixed and of free sizes, and what ExecuTorch makes of them."""
    for name, (network, example) in NETWORKS.items():
        program = export(copy.deepcopy(network).eval(), (example,))
        torch.export.save(program, f"{name}.pt2")
        for suffix, partitioners in (("", []), ("-xnnpack", [XnnpackPartitioner()])):
            lowered = to_edge_transform_and_lower(program, partitioner=partitioners).to_executorch()
            lowered.save(f"{name}{suffix}.pte")
    size = Dim("size", min=2, max=64)
    free = export(NETWORKS["linear"][0].eval(), (torch.rand(6, 8),), dynamic_shapes=({0: 2 * size},))
    torch.export.save(free, "free.pt2")


def converted() -> None:
    """Programs as packages with weights of their own, networks as single files."""
    for name, (network, example) in NETWORKS.items():
        kind = coremltools.TensorType(name="x", shape=example.shape, dtype=example.numpy().dtype)
        for precision in (coremltools.precision.FLOAT32, coremltools.precision.FLOAT16):
            coremltools.convert(
                torch.jit.trace(copy.deepcopy(network).eval(), example),
                inputs=[kind],
                convert_to="mlprogram",
                compute_precision=precision,
                minimum_deployment_target=coremltools.target.iOS16,
            ).save(f"{name}-{precision.value}.mlpackage")
        coremltools.convert(
            torch.jit.trace(copy.deepcopy(network).eval(), example),
            inputs=[coremltools.TensorType(name="x", shape=example.shape)],
            convert_to="neuralnetwork",
        ).save(f"{name}.mlmodel")


def built() -> None:
    """What no network is converted to: trees, a pipeline, a layer that the application brings."""
    kind = coremltools.models.datatypes.Array(8)
    trees = TreeEnsembleRegressor([("x", kind)], "y")
    trees.set_default_prediction_value(0.0)
    trees.add_branch_node(0, 0, 1, 0.5, "BranchOnValueLessThan", 1, 2)
    trees.add_leaf_node(0, 1, 1.0)
    trees.add_leaf_node(0, 2, -1.0)
    coremltools.models.utils.save_spec(trees.spec, "trees.mlmodel")
    chain = Pipeline([("x", kind)], [("y", coremltools.models.datatypes.Double())])
    chain.add_model(trees.spec)
    coremltools.models.utils.save_spec(chain.spec, "chain.mlmodel")
    builder = NeuralNetworkBuilder([("x", kind)], [("y", kind)])
    parameters = NeuralNetwork_pb2.CustomLayerParams(
        className="OurLayer", description="a layer of the application"
    )
    builder.add_custom("own", ["x"], ["y"], parameters)
    coremltools.models.utils.save_spec(builder.spec, "custom.mlmodel")


saved()
scripted()
exported()
converted()
built()
