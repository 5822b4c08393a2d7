"""giftless, run in an environment of its own: ``python giftless_server.py STORAGE KEY``.

Prints the port. ``/octo/hello`` streams objects and knows no ranges. With KEY, a password that is a JWT
signed with it is wanted. ``/octo/ranged`` points to Werkzeug's file server, which does know ranges; there
an address holds for two requests, and the one after is refused as expired.
"""

import itertools
import json
import sys
from collections import Counter
from pathlib import Path

from flask import Response, abort, request, send_file
from giftless.app import init_app
from giftless.storage.local_storage import LocalStorage
from giftless.transfer.basic_streaming import BasicStreamingTransferAdapter
from werkzeug.serving import WSGIRequestHandler, make_server

storage, key = Path(sys.argv[1]), sys.argv[2]


class Adapter(BasicStreamingTransferAdapter):
    def download(self, organization, repo, oid, size, extra=None):
        answer = super().download(organization, repo, oid, size, extra)
        if repo == "ranged" and "actions" in answer:
            href = f"{request.host_url}ranged/{oid}?for={next(numbers)}"
            answer["actions"]["download"] = {"href": href, "header": {"X-Signed": "yes"}, "expires_in": 1}
        return answer


def adapter(storage_class, storage_options, action_lifetime):
    return Adapter(LocalStorage(**storage_options), action_lifetime)


numbers = itertools.count()
uses: Counter[str] = Counter()
served: list[str] = []
options = {"storage_options": {"path": str(storage)}}
configuration = {
    "TESTING": False,
    "LEGACY_ENDPOINTS": False,
    "TRANSFER_ADAPTERS": {"basic": {"factory": "__main__:adapter", "options": options}},
}
if key:
    jwt = {"algorithm": "HS256", "private_key": key, "basic_auth_user": "x-access-token"}
    configuration["AUTH_PROVIDERS"] = [{"factory": "giftless.auth.jwt:factory", "options": jwt}]
app = init_app(additional_config=configuration)


@app.get("/ranged/<oid>")
def ranged(oid: str) -> Response:
    if request.headers.get("X-Signed") != "yes" or "Authorization" in request.headers:
        abort(400)
    uses[request.args["for"]] += 1
    if uses[request.args["for"]] > 2:
        served.append("expired")
        abort(403)
    served.append(request.headers.get("Range", ""))
    return send_file(storage / "octo" / "ranged" / oid, conditional=True)


@app.get("/served")
def told() -> Response:
    return Response(json.dumps(served), mimetype="application/json")


class Quiet(WSGIRequestHandler):
    def log(self, *_):
        pass


server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
sys.stdout.write(f"{server.server_port}\n")
sys.stdout.flush()
server.serve_forever()
