from django.urls import path

from . import views

urlpatterns = [
    path("tests/<slug:slug>/", views.test),
    path("tests/api/attempts", views.attempts),
    path("tests/api/checkout", views.checkout),
    path("tests/api/results", views.results),
    path("tests/api/paid", views.paid),
    path("tests/api/webhook", views.webhook),
]
