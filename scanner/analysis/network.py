"""Objects of network libraries: what their methods say that they do, and whom they call.

There are more such libraries than rows. What a client of one hands out (a channel, a message, the context of
a command) sends by methods of the same few names, and functions of the program that it is given are called
with what arrives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.analysis import classes
from scanner.analysis.containers import spilled
from scanner.analysis.values import UNKNOWN, Box, Closure, Instance, Method, Value, made, named

if TYPE_CHECKING:
    from scanner.analysis.here import Here

SENDS = frozenset({
    "send", "sendall", "sendto", "send_bytes", "send_json", "send_message", "send_multipart", "send_string",
    "send_text", "send_photo", "send_document", "emit", "publish", "basic_publish", "reply", "reply_text",
    "reply_document", "respond", "answer", "write_message", "write", "post", "put", "patch", "upload", "push",
    "lpush", "rpush", "post_message", "chat_postMessage", "sendMessage", "create_issue_comment",
})  # fmt: skip
# What stores something: sending, when it is not this program's own.
_STORES = frozenset({
    "set", "hset", "mset", "setex", "sadd", "xadd", "append", "insert", "insert_one", "insert_many",
    "replace_one", "update_one", "execute", "executemany", "executescript", "upload_from_string",
    "upload_from_filename", "upload_from_file", "upload_blob", "upload_file", "upload_fileobj", "setopt",
    "produce", "index", "create", "add", "append_row", "append_rows", "update", "update_cell", "put_object",
    "fput_object", "put_file", "create_file", "create_gist", "create_issue", "store", "storbinary",
    "write_points", "write_api", "log", "capture_message", "set_value", "child", "sendp", "query", "run",
    "call", "invoke", "request", "create_message", "send_file", "files_upload", "files_upload_v2",
    "messages_send", "send_and_wait", "putfo", "open",
})  # fmt: skip
_TAKEN = frozenset({"secret.read", "env.read", "host.info", "input.read", "self.read"})
RECEIVES = frozenset({
    "recv", "recv_string", "recv_json", "recv_pyobj", "recv_multipart", "recv_text", "receive",
    "receive_text", "receive_json", "listen", "get_message", "basic_get", "fetch", "retr",
    "lpop", "rpop", "blpop", "brpop", "get_updates",
})  # fmt: skip
# Objects whose every method is called on another machine.
PROXIES = frozenset({
    "xmlrpc.client.ServerProxy", "xmlrpc.client.Server", "Pyro5.api.Proxy", "Pyro4.Proxy", "zerorpc.Client",
})  # fmt: skip
_SPEAKERS = frozenset({"net.connect", "net.request", "net.listen", "net.serve", "message.send"})


def speaks(here: Here, name: str) -> bool:
    """Whether ``name`` is what a call of a network library gave, or something of that."""
    maker, call, _ = name.partition("()")
    api = here.knowledge.effect(maker) if call else None
    return api is not None and api.kind in _SPEAKERS


def serves(here: Here, name: str) -> bool:
    """Whether it is of a server, whose ``post`` says who answers."""
    api = here.knowledge.effect(name.partition("()")[0])
    return api is not None and api.kind == "net.serve"


def act(here: Here, name: str, receiver: Value, args: list[Value], kwargs: dict[str, Value]) -> Value | None:
    """A method of such an object for which there is no row; None if its name tells nothing."""
    owner, _, verb = name.rpartition(".")
    kind = {True: "net.send"}.get(verb in SENDS) or {True: "net.recv"}.get(verb in RECEIVES)
    if owner.partition("()")[0] in PROXIES and owner.endswith("()") and here.program.script:
        kind = "net.recv"
    stores = kind is None and verb in _STORES
    if not (kind or stores) or not here.program.script or not speaks(here, owner) or serves(here, owner):
        return None
    given = [(str(i), v) for i, v in enumerate(args)] + list(kwargs.items())
    arguments = tuple(here.argument(n, v) for n, v in given)
    if kind is None:
        if all(s.kind not in _TAKEN for argument in arguments for s in argument.sources):
            return None
        kind = "net.send"
    if receiver.parts:
        arguments += (here.argument("self", Value(parts=receiver.parts)),)
    here.record(kind, here.knowledge.canonical(name), arguments)
    result = named(f"{name}()")
    return result.tainted(Value(sources=(here.source("net.recv", name),))) if kind == "net.recv" else result


def protocol(here: Here, made_by: Value) -> None:
    """Objects of the program that a library makes for a connection, and calls when something arrives."""
    arrived = Value(sources=(here.source("net.recv", "what arrives"),))
    given = {"connection_made": [named("asyncio.StreamWriter()")], "data_received": [arrived],
             "datagram_received": [arrived, UNKNOWN], "handle": [], "do_GET": [], "do_POST": []}  # fmt: skip
    for thing in (o for o in made_by.objects if isinstance(o, Instance)):
        for name, args in given.items():
            classes.call(here, thing, name, args)


def deliver(here: Here, name: str, handlers: Value, kind: str = "net.recv") -> None:
    """Functions that an object of a library calls with what has arrived, or was typed."""
    if not here.program.script:
        return
    arrived = here.source(kind, f"{here.knowledge.canonical(name)} delivers")
    given = Value(names=(f"{name}()" if "()" not in name else name,), sources=(arrived,))
    for thing in handlers.objects:
        if isinstance(thing, Method):
            here.call(made(thing), [Value(sources=(arrived,))], {})
        elif isinstance(thing, Closure):
            params = thing.function.params[thing.receiver is not None :]
            plain = [given for p in params if p.kind == "plain"]
            here.invoke(thing, plain, {p.name: given for p in params if p.kind == "keyword"})
    for callee in handlers.names:
        if not callee.endswith(")") and here.knowledge.effect(callee) is not None:
            here.call(named(callee), [Value(sources=(arrived,))], {})


def request(here: Here, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """``urllib.request.Request``: what a script prepares, it sends."""
    name = "urllib.request.Request"
    given = [(str(i), v) for i, v in enumerate(args)] + list(kwargs.items())
    if here.program.script:
        here.record("net.request", name, tuple(here.argument(n, v) for n, v in given))
    return named(f"{name}()").tainted(*map(spilled, (v for _, v in given)))


def streams(_here: Here, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """``asyncio.open_connection``: a reader and a writer."""
    return made(Box("tuple", [named("asyncio.StreamReader()"), named("asyncio.StreamWriter()")]))
