"""HDF5 as PyTables and pandas write it, with objects in rows and in attributes."""

import numpy
import pandas
import tables

with tables.open_file("rows.h5", "w") as file:
    rows = file.create_vlarray("/", "objects", tables.ObjectAtom())
    for number in range(3000):
        rows.append({"n": number, "s": "t" * (number % 50)})
    packed = file.create_vlarray("/", "packed", tables.ObjectAtom(), filters=tables.Filters(1, "zlib"))
    packed.append({"b": numpy.arange(3)})
    file.create_vlarray("/", "texts", tables.VLStringAtom()).append(b"hello")
    file.create_vlarray("/", "numbers", tables.Int32Atom()).append([1, 2])
with tables.open_file("attributes.h5", "w") as file:
    file.root._v_attrs.options = {"a": (1, 2)}
    file.create_carray("/", "chunked", tables.Float32Atom(), (10, 10))
    file.create_earray("/", "growing", tables.StringAtom(5), (0,))

frame = pandas.DataFrame({"a": [1, 2, 3], "b": ["x", "yy", None], "c": [{"k": 1}, (1, 2), 3]})
frame.to_hdf("fixed.h5", key="frame", format="fixed")
frame[["a"]].to_hdf("numbers.h5", key="frame", format="fixed")
frame[["a", "b"]].to_hdf("table.h5", key="frame", format="table")
frame["b"].to_hdf("series.h5", key="series")
frame[["a", "b"]].to_hdf("zlib.h5", key="frame", format="fixed", complevel=5, complib="zlib")
