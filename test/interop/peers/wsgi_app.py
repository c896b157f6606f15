"""Responses that no framework would let through, from a bare WSGI callable. Runs under uWSGI; knows nothing about who calls it."""

INTERIM = {"100": "100 Continue", "101": "101 Switching Protocols", "103": "103 Early Hints"}


def app(environ, start_response):
    route = ROUTES.get(environ.get("PATH_INFO", ""), missing)
    return route(environ, start_response)


def missing(_environ, start_response):
    content = b"no such case\n"
    start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", str(len(content)))])
    return [content]


def hello(_environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return [b"hello\n"]


def length_too_small(_environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
    return [b"0123456789"]


def length_too_large(_environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "20")])
    return [b"0123456789"]


def no_start_response(_environ, _start_response):
    return [b"content without a head\n"]


def nothing(_environ, _start_response):
    return []


def interim(environ, start_response):
    """?103 (100, 101): a 1xx status as if it were the response."""
    start_response(INTERIM[environ.get("QUERY_STRING") or "103"], [("X-Peer", "interim")])
    return []


def chunked(_environ, start_response):
    """Transfer-Encoding written by the application, which also does the chunk framing."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Transfer-Encoding", "chunked")])
    return [b"5\r\nhello\r\n", b"6\r\n world\r\n", b"0\r\n\r\n"]


def chunked_cut(_environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Transfer-Encoding", "chunked")])
    return [b"5\r\nhello\r\n", b"6\r\n wo"]


def error_midway(_environ, start_response):
    """Fails after the head and a part of the content have been sent."""
    start_response("200 OK", [("Content-Type", "text/plain")])

    def generate():
        yield b"before the failure\n"
        raise RuntimeError("this failure is asked for by a test")

    return generate()


def odd_reason(_environ, start_response):
    start_response("299 Said By The Application", [("Content-Length", "0")])
    return []


ROUTES = {
    "/": hello,
    "/length-too-small": length_too_small,
    "/length-too-large": length_too_large,
    "/no-start-response": no_start_response,
    "/nothing": nothing,
    "/interim": interim,
    "/chunked": chunked,
    "/chunked-cut": chunked_cut,
    "/error-midway": error_midway,
    "/odd-reason": odd_reason,
}
