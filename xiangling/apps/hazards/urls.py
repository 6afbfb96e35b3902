"""Addresses of the hazard ledger beyond the generic pages."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("hazard/suggestion/", views.suggestion, name="hazard_suggestion"),
    path("hazard/clauses/", views.clauses, name="hazard_clauses"),
]
