"""`xiangling begin`: from an empty database to administrators who sign in and enter the first unit."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from xiangling.config import beginning
from xiangling.config.command import Stop
from xiangling.config.doctor import check_admins
from xiangling.org.models import Person, Region, SecurityEvent, Unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def regions(tmp_path: Path) -> Path:
    file = tmp_path / "regions.csv"
    file.write_text("code,name\n350203,东区\n350203001,港口街道\n350203001000,港口街道\n", "utf-8")
    return file


def begin(*words: str | Path) -> int:
    return beginning.run([str(word) for word in words])


def test_three_administrators_can_sign_in_and_must_choose_a_password(
    regions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert begin("350200", "示例市", "--regions", regions) == 0
    lines = capsys.readouterr().out.splitlines()[:3]
    assert [line.split()[0] for line in lines] == ["system.admin", "security.admin", "audit.admin"]
    assert {row.code: row.level for row in Region.objects.all()} == {
        "350200000000": 4,
        "350203000000": 6,
        "350203001000": 9,
    }
    assert Unit.objects.get().level == 4
    assert check_admins().level == "ok"
    username, password = lines[0].split()[:2]
    client = Client()
    answer = client.post("/accounts/login/", {"login": username, "password": password})
    assert answer.status_code == 302
    assert "/accounts/password/change/" in client.get("/people/", follow=True).redirect_chain[-1][0]


def test_it_begins_once_and_helps_in_need() -> None:
    begin("350200", "示例市")
    with pytest.raises(Stop, match="--again"):
        begin("350200", "示例市")
    assert begin("--again", "system_admin") == 0
    assert Person.objects.filter(username="system.admin2").exists()
    assert SecurityEvent.objects.filter(label="system.admin2", kind="rights_given").exists()


@pytest.mark.parametrize(
    ("code", "table", "words"),
    [
        ("35020", "", "no division"),
        ("350203001", "", "neither a city nor a district"),
        ("350200", "code,name\n990101,外地\n", "not in"),
        ("350200", "代码,名称\n350203,东区\n", "columns code and name"),
    ],
)
def test_what_is_no_place_is_refused_and_nothing_is_entered(
    tmp_path: Path, code: str, table: str, words: str
) -> None:
    file = tmp_path / "regions.csv"
    file.write_text(table or "code,name\n", "utf-8")
    with pytest.raises(Stop, match=words):
        begin(code, "示例市", "--regions", file)
    assert not Region.objects.exists()
