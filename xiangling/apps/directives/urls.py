"""Addresses of documents and what stands beside them; tasks and lists are generic pages."""

from __future__ import annotations

from django.urls import path

from .views import documents, drafts, lists

urlpatterns = [
    path("documents/new/", documents.create, name="document_new"),
    path("documents/<uuid:uid>/", documents.show, name="document"),
    path("documents/<uuid:uid>/file/", documents.file, name="document_file"),
    path("documents/<uuid:uid>/edit/", documents.edit, name="document_edit"),
    path("documents/<uuid:uid>/plans/", documents.plans, name="document_plans"),
    path("documents/<uuid:uid>/common/", documents.common, name="document_common"),
    path("documents/<uuid:uid>/confirm/", documents.confirm, name="document_confirm"),
    path("documents/<uuid:uid>/join/", documents.join, name="document_join"),
    path("documents/<uuid:uid>/drafts/<int:pk>/", drafts.edit, name="draft"),
    path("documents/<uuid:uid>/drafts/<int:pk>/confirm/", drafts.confirm, name="draft_confirm"),
    path("documents/<uuid:uid>/drafts/<int:pk>/drop/", drafts.drop, name="draft_drop"),
    path("documents/<uuid:uid>/drafts/<int:pk>/restore/", drafts.restore, name="draft_restore"),
    path("documents/<uuid:uid>/drafts/<int:pk>/split/", drafts.split, name="draft_split"),
    path(
        "documents/<uuid:uid>/clauses/<int:number>/draft/", drafts.from_clause, name="clause_draft"
    ),
    path("documents/<uuid:uid>/clauses/<int:number>/aside/", drafts.aside, name="clause_aside"),
    path("documents/<uuid:uid>/repairs/<int:pk>/", drafts.repair, name="repair"),
    path("task-lists/", lists.task_lists, name="task_lists"),
    path("task-lists/new/", lists.edit_list, name="task_list_new"),
    path("task-lists/<slug:key>/", lists.task_list, name="task_list"),
    path("task-lists/<slug:key>/edit/", lists.edit_list, name="task_list_edit"),
    path("task-lists/<slug:key>/delete/", lists.delete_list, name="task_list_delete"),
    path("task-grid/", lists.grid, name="task_grid"),
    path("standing/", lists.standing_list, name="standing"),
    path("pledges/open/", lists.open_year, name="pledge_year"),
    path("pledges/<uuid:uid>/", lists.pledge, name="pledge"),
    path("sheets/new/", lists.new_sheet, name="sheet_new"),
    path("sheets/<uuid:uid>/", lists.sheet, name="sheet"),
    path("sheets/<uuid:uid>/new/", lists.new_version, name="sheet_version"),
    path("plans/", documents.plan_list, name="plans"),
]
