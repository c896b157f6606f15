"""A bare WSGI application that says of every request what it saw of it. Runs under uWSGI; knows nothing about who calls it."""

import hashlib
import json


def app(environ, start_response):
    content = environ["wsgi.input"].read()
    seen = {
        # Each str holds bytes as Latin-1 code points (PEP 3333).
        "environ": {key: value for key, value in environ.items() if isinstance(value, str)},
        "contentBytes": len(content),
        "contentSha256": hashlib.sha256(content).hexdigest(),
    }
    answer = json.dumps(seen).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]
