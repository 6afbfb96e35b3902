"""Scans recognised and read (R-001, R-002): in the command and as a job that loses no page. `make test-ocr`."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image, ImageDraw, ImageFont

from tests import factories as f
from xiangling.apps.directives import actions
from xiangling.apps.directives.actions import documents
from xiangling.apps.directives.models import Document
from xiangling.apps.directives.reader import ocr
from xiangling.apps.directives.reader.reading import Unreadable
from xiangling.kernel import clock, jobs
from xiangling.kernel.models import Job

pytestmark = [pytest.mark.django_db, pytest.mark.ocr]
PAGES = (
    (
        "关于开展粉尘涉爆企业专项整治的通知",
        "各镇街，区直各部门：",
        "　　一、各镇街要在2026年6月30日前完成辖区粉尘涉爆企业",
        "全面摸排，建立问题清单。",
    ),
    (
        "　　二、区应急管理局要对涉爆粉尘企业逐家执法检查，9月底",
        "前完成。",
        "　　三、有关企业要每班清扫积尘。",
        "东区安全生产委员会办公室",
        "2026年5月12日",
        "—2—",
    ),
)


def _font() -> ImageFont.FreeTypeFont:
    found = next(Path("/usr/share/fonts").rglob("NotoSerifCJK-Regular.ttc"))
    return ImageFont.truetype(str(found), 32, index=2)


def drawn(lines: tuple[str, ...], ink: int = 20) -> Image.Image:
    page = Image.new("L", (1240, 900), 255)
    pen, font = ImageDraw.Draw(page), _font()
    for number, line in enumerate(lines):
        pen.text((140, 100 + number * 56), line, fill=ink, font=font)
    return page


def scan(kind: str = "PDF") -> bytes:
    first, second = map(drawn, PAGES)
    out = BytesIO()
    first.save(out, kind, save_all=True, append_images=[second], resolution=150)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_the_command_recognises_a_scan_when_asked(kind: str, tmp_path: Path) -> None:
    file, out = tmp_path / f"notice.{kind.lower()}", tmp_path / "rows.jsonl"
    file.write_bytes(scan(kind))
    command = [
        sys.executable,
        "-m",
        "xiangling.config.command",
        "read",
        str(file),
        "--out",
        str(out),
    ]
    plain = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (plain.returncode, "--ocr" in plain.stderr) == (1, True)
    assert subprocess.run([*command, "--ocr"], check=False).returncode == 0
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    found: dict[str, str | None] = {}
    for row in rows:
        for owner in row["responsible"]:
            found.setdefault(owner, row["deadline_iso"])
    assert found["各镇街"] == "2026-06-30"
    assert found["区应急管理局"] == "2026-09-30"


def test_paragraphs_are_joined_across_lines_and_pages_and_numbers_go() -> None:
    text = ocr.recognise(scan()).text.splitlines()
    assert any(line.endswith("企业全面摸排，建立问题清单。") for line in text)
    assert any("9月底前完成" in line for line in text)
    assert not any("2—" in line for line in text)


def test_what_is_hard_to_read_is_named() -> None:
    page, out = drawn(PAGES[0]), BytesIO()
    smudged = page.crop((140, 262, 900, 312)).resize((152, 10)).resize((760, 50))
    page.paste(smudged, (140, 262))
    page.save(out, "PNG")
    assert ocr.recognise(out.getvalue()).doubtful


@pytest.mark.parametrize(
    "data", [b"%PDF-1.4 nothing", b"\x89PNG\r\n\x1a\n broken", b"II*\x00 nothing"]
)
def test_damaged_scans_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(Unreadable, match=r"damaged"):
        ocr.recognise(data)


def test_an_empty_page_says_so() -> None:
    out = BytesIO()
    Image.new("L", (600, 800), 255).save(out, "PNG")
    with pytest.raises(Unreadable, match=r"No text was recognised"):
        ocr.recognise(out.getvalue())


@pytest.fixture
def world() -> Any:
    made = f.make_world()
    with clock.at(f.NOW):
        yield made


def _run_job() -> Job:
    while jobs.tick("test"):
        pass
    return Job.objects.latest("id")


def test_a_job_takes_a_scan_in_and_the_page_says_where_to_look(world: f.World) -> None:
    with f.acting(world, "committee") as actor:
        actions.take_in(scan(), "通知.pdf", actor=actor)
    job = _run_job()
    assert job.state == Job.State.DONE, job.message
    document = Document._base_manager.get()
    assert "recognised" in document.warnings
    assert document.drafts.count() >= 2
    assert not list(Path(documents.storage().path("documents")).rglob("*.pages"))
    client = Client()
    client.force_login(
        world.people["committee"], "allauth.account.auth_backends.AuthenticationBackend"
    )
    assert "扫描件" in client.get(f"/documents/{document.uid}/").content.decode()


def test_pages_recognised_before_a_stop_are_not_recognised_again(world: f.World) -> None:
    with f.acting(world, "committee") as actor:
        job = actions.take_in(scan(), "通知.pdf", actor=actor)
    ocr_pages: list[ocr.Page] = []
    first = ocr.recognise(scan(), keep=lambda page, _done, _total: ocr_pages.append(page))
    path = documents._pages_of(job)
    line = json.dumps([one.plain() for one in ocr_pages[0]], ensure_ascii=False)
    path.write_text(f'{line}\n[["cut o', "utf-8")
    (known,) = documents._pages_kept(job)
    assert [line.text for line in known] == [line.text for line in ocr_pages[0]]
    job = _run_job()
    assert job.state == Job.State.DONE, job.message
    assert Document._base_manager.get().raw == first.text
