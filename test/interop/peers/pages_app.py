"""A Flask site as people use it with a browser: forms, an upload, a session in a cookie, a page that arrives piece by piece. Runs under
uWSGI; knows nothing about who calls it."""

import hashlib
import json
import queue

from flask import Flask, Response, jsonify, redirect, render_template_string, request, session, stream_with_context, url_for

app = Flask(__name__)
app.secret_key = "known to everybody, and good for tests"

PAGE = """<!doctype html>
<title>{{ title }}</title>
{% if 'name' in session %}<p id="who">{{ session['name'] }}, {{ session['pages'] }} pages, {{ session['logins'] }} logins</p>{% endif %}
{{ body | safe }}
"""

FORM = """<form method="post">
<input name="name"> <textarea name="text"></textarea> <input type="checkbox" name="many" value="1"> <input type="checkbox" name="many" value="2">
<button>send</button></form>"""

UPLOAD = """<form method="post" enctype="multipart/form-data"><input name="note"> <input type="file" name="file"> <button>send</button></form>"""

LOGIN = """<form method="post"><input name="name"> <button>log in</button></form>"""


def page(title, body=""):
    return render_template_string(PAGE, title=title, body=body)


@app.before_request
def count_pages():
    if "name" in session:
        session["pages"] += 1


@app.get("/")
def index():
    return page("index")


@app.route("/form", methods=["GET", "POST"])
def form():
    if request.method == "GET":
        return page("form", FORM)
    seen = {"name": request.form["name"], "text": request.form["text"], "many": request.form.getlist("many")}
    return page("received", '<pre id="seen">' + json.dumps(seen) + "</pre>")


@app.route("/upload", methods=["GET", "POST"])
def upload():
    if request.method == "GET":
        return page("upload", UPLOAD)
    file = request.files["file"]
    content = file.read()
    seen = {
        "note": request.form["note"],
        "name": file.filename,
        "type": file.mimetype,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return page("uploaded", '<pre id="seen">' + json.dumps(seen) + "</pre>")


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return page("login", LOGIN)
    session["name"] = request.form["name"]
    session["logins"] = session.get("logins", 0) + 1
    session["pages"] = 0
    return redirect(url_for("index"), 303)


@app.post("/logout")
def logout():
    session.pop("name", None)
    return redirect(url_for("index"), 303)


@app.get("/where")
def where():
    """Where the application believes it is, and what it was told of its client."""
    told = {key: value for key, value in request.environ.items() if key.startswith(("REMOTE_", "HTTP_X_", "HTTP_FORWARDED", "UWSGI"))}
    return jsonify(
        url=request.url,
        secure=request.is_secure,
        scheme=request.environ["wsgi.url_scheme"],
        remote=request.remote_addr,
        told=told,
    )


# One queue for each page that is being streamed: a part goes out when it has been asked for.
wanted = {}


@app.get("/parts/<name>")
def parts(name):
    """`begin`, and then one line for each /parts/<name>/next, until ?count have been asked for: whoever waits for the end sees nothing."""
    mine = wanted[name] = queue.Queue()
    count = int(request.args.get("count", "3"))

    def generate():
        yield "begin\n"
        for number in range(count):
            try:
                mine.get(timeout=15)
            except queue.Empty:
                yield "nobody asked\n"
                return
            yield f"part {number}\n"

    response = Response(stream_with_context(generate()), content_type="application/x-lines")
    response.call_on_close(lambda: wanted.pop(name, None))
    return response


@app.post("/parts/<name>/next")
def next_part(name):
    wanted[name].put(None)
    return Response(status=204)
