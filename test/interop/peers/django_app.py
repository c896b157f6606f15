"""A Django project in one file: a login page of django.contrib.auth, a form with a CSRF token behind it, and static files. It keeps its
database in the temporary folder of its process. Runs under uWSGI; knows nothing about who calls it."""

import os
import tempfile

from django.conf import settings

FOLDER = tempfile.gettempdir()
STATIC = os.path.join(FOLDER, "static")

LAYOUT = """<!doctype html><title>{% block title %}{% endblock %}</title>
<link rel="stylesheet" href="/static/page.css"><h1>{% block heading %}{% endblock %}</h1>
{% block content %}{% endblock %}"""

LOGIN = """{% extends "layout.html" %}{% block title %}Log in{% endblock %}{% block heading %}Log in{% endblock %}
{% block content %}<form method="post">{% csrf_token %}{{ form.as_p }}<button>log in</button></form>{% endblock %}"""

NOTES = """{% extends "layout.html" %}{% block title %}Notes{% endblock %}{% block heading %}Notes of {{ user.username }}{% endblock %}
{% block content %}<p id="place">{{ place }}</p><ul>{% for note in notes %}<li>{{ note }}</li>{% endfor %}</ul>
<form method="post" id="add">{% csrf_token %}<input name="note" maxlength="200"><button>add</button></form>
<form method="post" action="/logout" id="out">{% csrf_token %}<button>log out</button></form>
<img src="/static/missing.png" alt="">{% endblock %}"""


class Urls:
    """What a urls.py would hold; settings take any object that has urlpatterns."""

    urlpatterns = []


settings.configure(
    SECRET_KEY="known to everybody, and good for tests",
    DEBUG=False,
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    ROOT_URLCONF=Urls,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth"],
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {"layout.html": LAYOUT, "registration/login.html": LOGIN, "notes.html": NOTES},
                    )
                ],
            },
        }
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(FOLDER, "site.sqlite3")}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    # The one that takes no time: this keeps no secret.
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    LOGIN_URL="/login",
    LOGIN_REDIRECT_URL="/notes",
    LOGOUT_REDIRECT_URL="/login",
    USE_TZ=True,
)

from django.core.wsgi import get_wsgi_application  # noqa: E402 (settings come first)

app = get_wsgi_application()

from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth.decorators import login_required  # noqa: E402
from django.contrib.auth.views import LoginView, LogoutView  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.shortcuts import redirect, render  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.static import serve  # noqa: E402


@login_required
def notes(request):
    kept = request.session.get("notes", [])
    if request.method == "POST":
        request.session["notes"] = [*kept, request.POST["note"]]
        return redirect(request.path)
    return render(request, "notes.html", {"notes": kept, "place": request.build_absolute_uri()})


Urls.urlpatterns += [
    path("login", LoginView.as_view()),
    path("logout", LogoutView.as_view()),
    path("notes", notes),
    path("static/<path:path>", serve, {"document_root": STATIC}),
]

os.makedirs(STATIC, exist_ok=True)
with open(os.path.join(STATIC, "page.css"), "w", encoding="utf-8") as file:
    file.write("h1 { color: rgb(1, 2, 3) }\n")

call_command("migrate", verbosity=0, interactive=False)
get_user_model().objects.create_user("ada", password="engine no. 1")
