"""A Django project around the snippet: real Django, with a way to sign in beside it."""

import os
import sys
from pathlib import Path
from wsgiref.simple_server import make_server

import django
from django.conf import settings

HERE = Path(os.environ["SNIPPET"])
sys.path.insert(0, str(HERE.parent))

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="the key of a test",
    ROOT_URLCONF="__main__",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.staticfiles",
        HERE.name,
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [HERE],
            "OPTIONS": {"context_processors": ["django.template.context_processors.csrf"]},
        }
    ],
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": HERE.parent / "site.sqlite3"}
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    STATIC_URL="static/",
    **{
        name: os.environ[name]
        for name in ("GATEWAY_URL", "GATEWAY_KEY", "WEBHOOK_SECRET", "PAYMENT_SECRET")
    },
)
django.setup()

from django.contrib.auth import get_user_model, login  # noqa: E402 - after the settings
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.middleware.csrf import get_token  # noqa: E402
from django.urls import include, path  # noqa: E402


def sign_in(request):
    """Sign a user in by id, if there is one; answer with the token of the visitor's pages."""
    if number := request.GET["user"]:
        user, _ = get_user_model().objects.get_or_create(pk=number, defaults={"username": number})
        login(request, user)
    return JsonResponse({"token": get_token(request)})


urlpatterns = [path("_sign-in", sign_in), path("", include(f"{HERE.name}.urls"))]

call_command("migrate", run_syncdb=True, verbosity=0)
make_server("127.0.0.1", int(os.environ["PORT"]), get_wsgi_application()).serve_forever()
