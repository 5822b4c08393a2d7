"""``if __name__ == "__main__":`` in compiled modules, whose other arm is what an import runs."""

from msgspec.structs import replace

from scanner import ir
from scanner.irwalk import walk

_NAME, _MAIN = "__name__", "__main__"


def split(body: ir.Body) -> tuple[ir.Body, ir.Body]:
    """The body without the arms that only a program runs, and those arms. Nothing is taken apart where the
    module may set its own name."""
    ops = list(walk(body))
    renames = any(isinstance(op, ir.Store) and op.var == _NAME for op in ops)
    spells = any(isinstance(op, ir.Const) and isinstance(op.value, str) and _NAME in op.value for op in ops)
    tests = {} if renames or spells else dict(_tests(ops))
    never: list[ir.Op] = []
    return (tuple(_without(body, tests, never)), tuple(never)) if tests else (body, ())


def _tests(ops: list[ir.Op]) -> list[tuple[ir.Reg, bool]]:
    """The registers that compare the module's name with that of a program, and whether they ask for it."""
    kind: dict[ir.Reg, str] = {}
    found: list[tuple[ir.Reg, bool]] = []
    for op in ops:
        match op:
            case ir.Load(var="__name__"):
                kind[op.dst] = _NAME
            case ir.Const(value="__main__"):
                kind[op.dst] = _MAIN
            case ir.Binary(op="==" | "!=") if {kind.get(op.left), kind.get(op.right)} == {_NAME, _MAIN}:
                found.append((op.dst, op.op == "=="))
    return found


def _without(body: ir.Body, tests: dict[ir.Reg, bool], never: list[ir.Op]) -> list[ir.Op]:
    kept: list[ir.Op] = []
    for op in body:
        match op:
            case ir.If() if op.test in tests:
                program, other = (op.then, op.orelse) if tests[op.test] else (op.orelse, op.then)
                never += program
                kept += _without(other, tests, never)
            case ir.If():
                then, orelse = _without(op.then, tests, never), _without(op.orelse, tests, never)
                kept.append(replace(op, then=tuple(then), orelse=tuple(orelse)))
            case _:
                kept.append(op)
    return kept
