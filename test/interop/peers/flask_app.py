"""What the interop tests ask of a Flask application. Runs under uWSGI; knows nothing about who calls it."""

import json
import os
import time

from flask import Flask, Response, request

app = Flask(__name__)


@app.get("/")
def index():
    return "<!doctype html><title>peer</title><p>hello from Flask</p>\n"


@app.route("/echo", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def echo():
    return Response(request.get_data(), content_type=request.headers.get("Content-Type") or "application/octet-stream")


@app.get("/stream")
def stream():
    """No Content-Length: the content ends when the connection does. The pauses keep the parts apart on the wire."""
    parts = int(request.args.get("parts", "5"))
    pause = float(request.args.get("pause", "0.02"))

    def generate():
        for number in range(parts):
            if number:
                time.sleep(pause)
            yield f"part {number}\n"

    return Response(generate(), content_type="text/plain")


@app.get("/gated")
def gated():
    """?gate=FILE: two parts, and no Content-Length. The second one is made when FILE exists, so whoever makes it has the first one."""
    gate = request.args["gate"]

    def generate():
        yield "part 0\n"
        deadline = time.monotonic() + 50
        while not os.path.exists(gate):
            if time.monotonic() > deadline:
                raise RuntimeError("nobody has opened the gate")
            time.sleep(0.01)
        yield "part 1\n"

    return Response(generate(), content_type="text/plain")


@app.get("/204")
def no_content():
    return Response(status=204)


@app.get("/304")
def not_modified():
    return Response(status=304, headers={"ETag": '"peer"'})


@app.route("/error", methods=["GET", "POST"])
def error():
    raise RuntimeError("this failure is asked for by a test")


@app.get("/big")
def big():
    """?bytes=N: N bytes that count 0, 1, ... 255, 0, ... so that a lost or doubled byte shows."""
    size = int(request.args.get("bytes", "1000000"))
    pattern = bytes(range(256))
    return Response((pattern * (size // 256 + 1))[:size], content_type="application/octet-stream")


@app.route("/environ", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def environ():
    """Exactly what uWSGI's Python saw: each str holds bytes as Latin-1 code points (PEP 3333)."""
    seen = {key: value for key, value in request.environ.items() if isinstance(value, str)}
    return Response(json.dumps(seen, sort_keys=True), content_type="application/json")


@app.get("/cookies")
def cookies():
    response = Response("two cookies\n", content_type="text/plain")
    response.headers.add("Set-Cookie", "first=1; Path=/")
    response.headers.add("Set-Cookie", "second=2; Path=/; HttpOnly")
    return response


@app.route("/slow", methods=["GET", "POST"])
def slow():
    time.sleep(float(request.args.get("seconds", "1")))
    return Response("slept\n", content_type="text/plain")


@app.route("/early", methods=["GET", "POST", "PUT"])
def early():
    """Answers without a look at the content."""
    return Response("not read\n", content_type="text/plain")
