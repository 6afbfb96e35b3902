"""Rows written in bulk are the rows that saving each would have written."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import NOW
from xiangling.kernel import bulk
from xiangling.kernel.models import Edit, Notice, SavedView

pytestmark = pytest.mark.django_db

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)


def edit(label: str, changes: object) -> Edit:
    return Edit(
        model="x.y",
        row_id="1",
        label=label,
        changes=changes,
        actor_label="",
        at=NOW,
        actor_person=None,
    )


@given(st.lists(st.tuples(TEXT, st.dictionaries(TEXT, TEXT | st.none(), max_size=3)), max_size=12))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_texts_and_facts_come_back_as_they_went_in(facts: list[tuple[str, dict[str, str]]]) -> None:
    rows = [edit(label, changes) for label, changes in facts]
    bulk.create(rows)
    ids = [row.pk for row in rows]
    assert ids == sorted(set(ids)), "each has its own id, in order"
    stored = Edit.objects.in_bulk(ids)
    assert [(stored[pk].label, stored[pk].changes) for pk in ids] == facts


def notice(number: int) -> Notice:
    return Notice(
        post=number, case_kind="hazard", case_uid=uuid.uuid4(), code=f"C{number}", title="\t\\N\n",
        entry_kind="x.y", at=NOW + timedelta(microseconds=number),
    )  # fmt: skip


@pytest.mark.parametrize("n", [1, 3, 40])
def test_few_and_many_are_the_same(n: int) -> None:
    rows = [notice(number) for number in range(n)]
    bulk.create(rows)
    for row in rows:
        stored = Notice.objects.get(pk=row.pk)
        assert (stored.title, stored.at, stored.case_uid) == (row.title, row.at, row.case_uid)
    Notice.objects.create(
        **{k: v for k, v in vars(notice(99)).items() if k not in ("_state", "id")}
    )
    assert Notice.objects.latest("id").pk > max(row.pk for row in rows), (
        "the sequence goes on behind"
    )


def test_a_row_twice_is_refused_and_nothing_stays() -> None:
    rows = [SavedView(person=1, list_key="hazards", name=name) for name in "abcdea"]
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.create(rows)
    assert not SavedView.objects.exists()
