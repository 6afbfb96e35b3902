"""Directives (部署): what a speech, plan or notice orders, as named, dated, sourced tasks."""
