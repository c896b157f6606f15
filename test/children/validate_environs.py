"""Runs applications under Python's wsgiref.validate: JSON in, JSON out, one process for all environs.

Input: [[name, environ, content as latin-1 text], ...]. Output: [[name, fault], ...] for those that have one. What JSON cannot carry is
made here: the tuple of wsgi.version, and real streams for wsgi.input and wsgi.errors.
"""
import io
import json
import sys
import warnings
from wsgiref.util import request_uri
from wsgiref.validate import WSGIWarning, validator

KNOWN_METHODS = {'GET', 'HEAD', 'POST', 'OPTIONS', 'PATCH', 'PUT', 'DELETE', 'TRACE'}


def application(environ, start_response):
    content = environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
    environ['wsgi.errors'].write('')
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [request_uri(environ).encode('latin-1') + b'\n' + content]


def fault_of(environ, content):
    environ['wsgi.version'] = tuple(environ['wsgi.version'])
    environ['wsgi.input'] = io.BytesIO(content)
    environ['wsgi.errors'] = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        # Any method may come to an application, so the warning about those that wsgiref has not heard of is no fault.
        if environ.get('REQUEST_METHOD') not in KNOWN_METHODS:
            warnings.filterwarnings('ignore', 'Unknown REQUEST_METHOD', WSGIWarning)
        try:
            chunks = validator(application)(environ, lambda status, headers, exc_info=None: None)
            answer = b''.join(chunks)
            chunks.close()
        except Exception as fault:
            return repr(fault)
    scheme, rest = answer.split(b'\n')[0].split(b'://', 1)
    if scheme not in (b'http', b'https') or rest[:1] in (b'', b':', b'/'):
        return 'the URL of the request has no host: %r' % answer
    return None


faults = [[name, fault_of(environ, content.encode('latin-1'))] for name, environ, content in json.load(sys.stdin)]
json.dump([fault for fault in faults if fault[1] is not None], sys.stdout)
