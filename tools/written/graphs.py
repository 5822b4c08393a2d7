"""Graphs of TensorFlow and networks of Keras 2 and 3, saved in every way that they have."""

import os

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}

from pathlib import Path

import keras
import tensorflow
import tf_keras

tensorflow.random.set_seed(0)
keras.utils.set_random_seed(0)


def layers(of: object) -> dict[str, object]:
    """Networks by one of the two versions of Keras."""
    some, inputs = of.layers, of.Input((8,))
    wide = some.Dense(8, activation="relu", kernel_regularizer="l2")(inputs)
    joined = some.Concatenate()([wide, some.Dense(4, activation="tanh")(inputs)])
    return {
        "dense": of.Sequential([of.Input((8,)), some.Dense(4, activation="relu"), some.Dense(1)]),
        "convolution": of.Sequential(
            [of.Input((16, 16, 3)), some.Conv2D(4, 3), some.BatchNormalization(), some.MaxPooling2D()]
        ),
        "recurrent": of.Sequential([of.Input((5, 3)), some.Bidirectional(some.LSTM(4)), some.Dropout(0.1)]),
        "words": of.Sequential([of.Input((5,)), some.Embedding(20, 4), some.GRU(4), some.Softmax()]),
        "branches": of.Model(inputs, some.Dense(1)(some.Add()([joined, joined]))),
        "texts": of.Sequential([of.Input((1,), dtype="string"), vectors(some)]),
    }


def vectors(some: object) -> object:
    """A layer with a table, which is initialised while it is loaded."""
    made = some.TextVectorization(max_tokens=20, output_sequence_length=4)
    made.adapt(tensorflow.constant(["a text of some words", "another text"]))
    return made


class Counter(tensorflow.Module):
    """Control flow, variables, and a table read from an asset."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.total = tensorflow.Variable(0.0)
        line, number = tensorflow.lookup.TextFileIndex.WHOLE_LINE, tensorflow.lookup.TextFileIndex.LINE_NUMBER
        source = tensorflow.lookup.TextFileInitializer(
            words, tensorflow.string, line, tensorflow.int64, number
        )
        self.table = tensorflow.lookup.StaticHashTable(source, -1)

    @tensorflow.function(input_signature=[tensorflow.TensorSpec([None], tensorflow.string)])
    def count(self, words: tensorflow.Tensor) -> tensorflow.Tensor:
        for number in self.table.lookup(words):
            if number >= 0:
                self.total.assign_add(1.0)
        return self.total


for name, made in layers(keras).items():
    made.save(f"{name}.keras")
    Path(f"{name}-3.json").write_text(made.to_json())
    made.export(f"{name}-export", verbose=False)
    if name != "texts":
        made.save(f"{name}.h5")
        made.save_weights(f"{name}.weights.h5")

for name, made in layers(tf_keras).items():
    made.compile("adam", "mse")
    made.save(f"{name}-saved", save_format="tf")
    Path(f"{name}-2.json").write_text(made.to_json())
    made.save_weights(f"{name}-weights/checkpoint")
    if name != "texts":
        made.save(f"{name}-2.h5")

Path("words.txt").write_text("some\nwords\n")
tensorflow.saved_model.save(Counter("words.txt"), "counter")

old = tensorflow.compat.v1
for name, made in {
    "matmul": lambda: old.matmul(old.placeholder("float32", (2, 2), name="x"), old.ones((2, 2))),
    "while": lambda: old.while_loop(lambda n: n < 9, lambda n: n + 1, [old.constant(0)]),
    "cond": lambda: old.cond(old.placeholder("bool", ()), lambda: old.constant(1), lambda: old.constant(2)),
    "strings": lambda: old.strings.join([old.placeholder("string", (), name="s"), old.constant("a suffix")]),
    "variable": lambda: old.get_variable("v", (3, 3)) * 2.0,
}.items():
    with tensorflow.Graph().as_default() as graph, old.Session() as session:
        made()
        tensorflow.io.write_graph(graph, ".", f"{name}.pbtxt", as_text=True)
        tensorflow.io.write_graph(graph, ".", f"{name}.pb", as_text=False)
        old.train.export_meta_graph(f"{name}.meta")
        if name == "variable":
            session.run(old.global_variables_initializer())
            old.train.Saver().save(session, "session/model.ckpt")
