"""A Flask application. It runs under uWSGI, and knows nothing of what stands before it."""

import time

from flask import Flask, Response, request

app = Flask(__name__)


@app.get("/")
def index():
    # remote_addr is the client's: the front end's word, which uWSGI passes on.
    return f"Hello {request.args.get('name', 'world')}, from Flask to {request.remote_addr}.\n"


@app.post("/echo")
def echo():
    return Response(request.get_data(), content_type=request.content_type)


@app.get("/count")
def count():
    def lines():
        for number in range(1, 6):
            yield f"{number}\n"
            time.sleep(0.2)

    return Response(lines(), content_type="text/plain")
