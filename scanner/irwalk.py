"""Going through programs."""

from collections.abc import Iterator

from scanner.ir import Body, If, Loop, Op, Try


def walk(body: Body) -> Iterator[Op]:
    """Every operation of a body, nested ones included, in textual order."""
    waiting = [iter(body)]
    while waiting:
        for op in waiting[-1]:
            yield op
            inner: tuple[Body, ...] = ()
            match op:
                case If(then=then, orelse=orelse):
                    inner = then, orelse
                case Loop(body=turn):
                    inner = (turn,)
                case Try(body=tried, handlers=handlers, final=final):
                    inner = tried, *handlers, final
            if inner:
                waiting += [iter(part) for part in reversed(inner)]
                break
        else:
            waiting.pop()
