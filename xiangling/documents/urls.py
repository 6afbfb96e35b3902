"""Addresses of papers beyond the generic pages."""

from __future__ import annotations

from django.urls import path, re_path

from . import views

urlpatterns = [
    path("papers/letterhead/", views.letterhead, name="letterhead"),
    path("papers/<uuid:uid>/pdf/", views.file, {"form": "pdf"}, name="paper_pdf"),
    path("papers/<uuid:uid>/docx/", views.file, {"form": "docx"}, name="paper_docx"),
    re_path(r"^v/(?P<token>[A-Z2-7]{26})/$", views.verify, name="paper_verify"),
]
