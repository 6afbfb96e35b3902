"""The pictures of the README, taken from a fresh demo city: docs/img/{home,ledger,record,phone}.png.

Needs what the browser tests need (`make setup` and a Chromium); every picture stays below 200 KB.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "img"
MOST_BYTES = 200_000
PORT = os.environ.get("PORT", "8765")
ADDRESS = f"http://127.0.0.1:{PORT}"
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@contextmanager
def demo_city() -> Iterator[None]:
    """A city served from a folder that is thrown away; XL_CITY_RUNS=1 takes the one on PORT."""
    if os.environ.get("XL_CITY_RUNS"):
        yield
        return
    folder = tempfile.mkdtemp(prefix="xl-pictures-")
    env = {**os.environ, "DATA_DIR": folder, "PORT": PORT, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "xiangling.config.command", "demo"]
    process = subprocess.Popen(command, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE)
    try:
        if not any("Ctrl-C" in line for line in process.stdout or ()):
            raise SystemExit("the demo city did not come up")
        yield
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def enter(browser: Browser, persona: str, size: dict[str, int]) -> Page:
    is_phone = size is PHONE
    context = browser.new_context(
        base_url=ADDRESS,
        viewport=size,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        is_mobile=is_phone,
        has_touch=is_phone,
        device_scale_factor=2 if is_phone else 1,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator(f"button[name=key][value={persona}]").click()
    page.locator("#main").wait_for()
    return page


def keep(page: Page, name: str) -> None:
    """Save what the screen shows, in as many colours as fit the size."""
    page.wait_for_load_state("networkidle")
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    for colours in (256, 128, 64, 32):
        out = BytesIO()
        small = picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        small.save(out, "PNG", optimize=True)
        if out.tell() <= MOST_BYTES:
            break
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{name}.png").write_bytes(out.getvalue())
    print(f"docs/img/{name}.png  {out.tell() // 1024} KB")


def first_record(page: Page, query: str) -> str:
    page.goto(f"/hazards/?{query}")
    return str(page.locator("tr[data-url]").first.get_attribute("data-url"))


def main() -> None:
    chromium = (
        os.environ.get("XL_CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
    )
    with demo_city(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--no-proxy-server", "--lang=zh-CN"],
            env={**os.environ, "LANGUAGE": "zh_CN"},
        )
        desk = enter(browser, "department", DESK)
        keep(desk, "home")
        desk.goto("/hazards/?view=open")
        keep(desk, "ledger")
        desk.goto(first_record(desk, "grade=major&state=submitted"))
        keep(desk, "record")
        phone = enter(browser, "inspector", PHONE)
        phone.goto(first_record(phone, "state=submitted"))
        keep(phone, "phone")
        browser.close()


if __name__ == "__main__":
    main()
