"""What an import looked up ahead is still right when it is written (R-083)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps

from tests import factories as f
from xiangling.apps.hazards.jobs import IMPORTER
from xiangling.apps.hazards.models import Hazard
from xiangling.kernel import clock, ledger
from xiangling.kernel.imports import Line, Outcome
from xiangling.kernel.models import Docket
from xiangling.kernel.scope import unscoped

pytestmark = pytest.mark.django_db
AT = f.NOW + timedelta(hours=1)


@pytest.fixture
def world() -> Iterator[f.World]:
    made = f.make_world()
    with clock.at(AT):
        yield made


def objects() -> Any:
    return apps.get_model("objects", "SupervisedObject")


def line(number: int, text: str, **more: Any) -> Line:
    return Line(number, {"text": text, "external_id": str(number), **more}, f"i:{number}")


def another(world: f.World, name: str, **facts: Any) -> None:
    """An object that somebody else registers."""
    row = objects()(
        kind="firm", name=name, unit_id=world.firm.unit_id, region=world.firm.region,
        sector=world.firm.sector, created_at=AT, changed_at=AT, **facts,
    )  # fmt: skip
    row.save()


def written(
    world: f.World, lines: Sequence[Line], meanwhile: Callable[[], Any]
) -> Sequence[Outcome]:
    """What becomes of lines if something happens between looking them up and writing them."""
    assert IMPORTER.look is not None
    with f.acting(world, "inspector", AT) as actor:
        write = IMPORTER.look(lines, actor)
        meanwhile()
        return write()


def hazards() -> list[Hazard]:
    with unscoped("test"):
        return list(Hazard.objects.order_by("id"))


@pytest.mark.parametrize(
    ("named", "facts"),
    [({"object": "新厂"}, {}), ({"identifier": "NEW-1"}, {"identifier": "NEW-1"})],
)
def test_an_object_registered_meanwhile_is_found(
    world: f.World, named: dict[str, str], facts: dict[str, str]
) -> None:
    lines = [line(1, "1号冲床光栅被短接", object=world.firm.name), line(2, "皮带无防护", **named)]
    found = written(world, lines, lambda: another(world, "新厂", **facts))
    assert [one.status for one in found] == ["new", "new"]
    assert [row.object.name for row in hazards()] == [world.firm.name, "新厂"]
    assert all(ledger.verify_case(row) is None for row in hazards())


def test_a_name_borne_by_two_meanwhile_is_refused(world: f.World) -> None:
    lines = [line(1, "1号冲床光栅被短接", object=world.firm.name)]
    found = written(world, lines, lambda: another(world, world.firm.name))
    assert [one.status for one in found] == ["refused"]
    assert not hazards()


def test_an_object_that_has_moved_meanwhile_counts_where_it_is_now(world: f.World) -> None:
    def move() -> None:
        objects()._base_manager.filter(pk=world.firm.pk).update(sector="chemicals")

    found = written(world, [line(1, "1号冲床光栅被短接", object=world.firm.name)], move)
    assert [one.status for one in found] == ["new"]
    assert [row.sector for row in hazards()] == ["chemicals"]
    assert Docket._base_manager.get().sector == "chemicals"


def test_an_object_that_has_left_the_area_is_refused(world: f.World) -> None:
    def move() -> None:
        objects()._base_manager.filter(pk=world.firm.pk).update(region="990102001000")

    found = written(world, [line(1, "1号冲床光栅被短接", object=world.firm.name)], move)
    assert [one.status for one in found] == ["refused"]
    assert not hazards()


def test_a_finding_recorded_meanwhile_is_merged(world: f.World) -> None:
    lines = [line(n, f"{n}号冲床光栅被短接", object=world.firm.name) for n in (1, 2, 3)]

    def record() -> None:
        with f.acting(world, "inspector", AT) as actor:
            IMPORTER.take(lines[1:2], actor)

    found = written(world, lines, record)
    assert [one.status for one in found] == ["new", "merged", "new"]
    rows = hazards()
    assert len(rows) == 3
    assert len({row.code for row in rows}) == 3
    assert Docket._base_manager.count() == 3


def test_an_identifier_that_lost_digits_is_refused_alone(world: f.World) -> None:
    lines = [
        line(1, "1号冲床光栅被短接", identifier=1.5),
        line(2, "2号冲床光栅被短接", object=world.firm.name),
    ]
    found = written(world, lines, uuid4)
    assert [one.status for one in found] == ["refused", "new"]
