#!/usr/bin/env node
// CPython 3.14 compiled to WebAssembly, called as an interpreter is: `-c PROGRAM`, with what stdin has.
import { text } from "node:stream/consumers";
import { loadPyodide } from "pyodide";

const given = await text(process.stdin);
const python = await loadPyodide();
python.globals.set("given", given);
python.runPython("import io, sys; sys.stdin = io.StringIO(given); del given");
python.runPython(process.argv[3]);
