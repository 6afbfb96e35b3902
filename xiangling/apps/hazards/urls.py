"""Addresses of the hazard ledger beyond the generic pages."""

from __future__ import annotations

from django.urls import path

from . import campaigns, views

urlpatterns = [
    path("hazard/suggestion/", views.suggestion, name="hazard_suggestion"),
    path("hazard/clauses/", views.clauses, name="hazard_clauses"),
    path("campaigns/new/", campaigns.new, name="campaign_new"),
    path("campaigns/<uuid:uid>/", campaigns.campaign, name="campaign"),
    path("campaigns/<uuid:uid>/edit/", campaigns.edit, name="campaign_edit"),
]
