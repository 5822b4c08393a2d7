"""Import statements: what they bind, and the names that the file has for it."""

import ast

from scanner.languages.python.emitter import Emitter


def whole(x: Emitter, node: ast.Import) -> None:
    """``import a.b`` binds ``a``, ``import a.b as c`` the module itself."""
    for alias in node.names:
        src = x.name(node.lineno, alias.name, alias.name)
        bound, top = alias.asname or alias.name, alias.name.partition(".")[0]
        if alias.asname is None and top != alias.name:
            bound, src = top, x.name(node.lineno, top, top)
        x.file.aliases[bound] = alias.name if alias.asname else top
        x.store(node.lineno, bound, src)


def parts(x: Emitter, node: ast.ImportFrom) -> None:
    """``from a import b``; after ``from a import *`` any name may be one of ``a``."""
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        name = module + ("" if module.endswith(".") else ".") + alias.name
        src = x.name(node.lineno, name, module)
        if alias.name == "*":
            if x.file.starred:
                src = x.merge(node.lineno, x.load(node.lineno, "*"), src)
            x.file.starred = True
        bound = alias.asname or alias.name
        x.file.aliases[bound] = name
        x.store(node.lineno, bound, src)
