"""Tests of Widget Gateway. settings.py has its address and key, and the two secrets."""

import functools
import hashlib
import hmac
import json
import logging
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from widget_gateway_client import (
    Client,
    GatewayError,
    ResultFinished,
    WebhookError,
    WidgetGatewayError,
    verify_webhook,
)

from .models import Attempt

gateway = Client(settings.GATEWAY_URL, settings.GATEWAY_KEY)


def name_of(user):
    """The name of a user at the gateway. It never changes, unlike an e-mail address."""
    return f"user-{user.pk}"


def call(view):
    """A view for POSTs of JSON. A refusal of the gateway is told by its reason."""

    @functools.wraps(view)
    def answer(request):
        try:
            return JsonResponse(view(request, json.loads(request.body)) or {})
        except (ValueError, KeyError, TypeError):
            return HttpResponse(status=400)
        except GatewayError as refusal:
            return JsonResponse({"reason": refusal.reason}, status=refusal.code)
        except WidgetGatewayError:  # No answer: the page, or the caller, tries again.
            logging.getLogger(__name__).exception("The gateway does not answer.")
            return HttpResponse(status=503)

    return require_POST(answer)


def by_user(view):
    """A call of our own page: Django checks the token against forged requests."""
    view = call(view)
    return lambda request: (
        view(request) if request.user.is_authenticated else HttpResponse(status=403)
    )


@login_required
def test(request, slug):
    return render(request, "test.html", {"slug": slug, "gateway": settings.GATEWAY_URL})


@by_user
def attempts(request, told):
    session = UUID(told["session"])
    Attempt.objects.get_or_create(session=session, defaults={"user": request.user})


@by_user
def checkout(request, told):
    # Make a payment at your payment system, with the session in its metadata.
    return {"price": "490 ₽", "href": "/pay?" + urlencode({"session": told["session"]})}


@by_user
def results(request, told):
    gateway.result_attach(result_key=told["result_key"], user_id=name_of(request.user))
    result = gateway.result_get(result_key=told["result_key"], locale="en")
    return {"scales": [{"title": s.title, "percentage": s.percentage} for s in result.scales]}


@csrf_exempt
def paid(request):
    """The payment system calls this, and signs in a way of its own."""
    expected = hmac.new(settings.PAYMENT_SECRET.encode(), request.body, hashlib.sha256).hexdigest()
    given = request.headers.get("X-Signature", "")
    if not hmac.compare_digest(expected.encode(), given.encode()):
        return HttpResponse(status=403)
    return confirm(request)


@call
def confirm(request, told):
    gateway.payment_confirm(session=told["session"], payment_id=told["payment_id"])


@csrf_exempt
def webhook(request):
    """The gateway calls this, maybe twice: to attach once more does no harm."""
    try:
        event = verify_webhook(settings.WEBHOOK_SECRET, request.headers, request.body)
    except WebhookError:
        return HttpResponse(status=400)
    if isinstance(event, ResultFinished):
        attempt = Attempt.objects.filter(session=event.data.session).first()
        if attempt:
            gateway.result_attach(result_key=event.data.result_key, user_id=name_of(attempt.user))
    return HttpResponse(status=204)
