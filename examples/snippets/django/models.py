"""Whose attempt it is, for the webhook of a visitor who closes the page at the end."""

from django.conf import settings
from django.db import models


class Attempt(models.Model):
    session = models.UUIDField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
