"""CONTRIBUTING.md, "Add a domain app": followed to the letter in a copy of the checkout."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(
    r"^(?:(?P<how>New file|At the end of) `(?P<path>[^`]+)`|Run):\n\n```\w+\n(?P<body>.*?)```$",
    re.MULTILINE | re.DOTALL,
)
NOT_COPIED = shutil.ignore_patterns("node_modules", "__pycache__", "*.sqlite3*", "data", "reports")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What git keeps and the set-up has made, without the environment."""
    target = tmp_path / "checkout"
    target.mkdir()
    for entry in ROOT.iterdir():
        if entry.is_dir() and (entry.name == ".ci" or not entry.name.startswith((".", "data"))):
            shutil.copytree(entry, target / entry.name, ignore=NOT_COPIED)
        elif entry.is_file():
            shutil.copy2(entry, target)
    return target


def follow(step: re.Match[str], checkout: Path, env: dict[str, str]) -> None:
    """Write the file, add to it, or run the commands, as the step says."""
    if step["path"]:
        path = checkout / step["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text("utf-8") if step["how"] == "At the end of" else ""
        assert path.exists() is bool(before), f"{step['how']} {path}"
        path.write_text(before + step["body"], "utf-8")
        return
    bin_ = Path(sys.executable).parent
    # the console script of this environment would import this checkout, not the copy
    body = step["body"].replace(
        ".venv/bin/xiangling", ".venv/bin/python -m xiangling.config.command"
    )
    for line in body.replace(".venv/bin/", f"{bin_}/").splitlines():
        done = subprocess.run(
            shlex.split(line),
            cwd=checkout,
            env=env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"


@pytest.mark.embedded
def test_the_steps_lead_to_an_app_that_works(checkout: Path) -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Add a domain app")[2]
    steps = list(BLOCK.finditer(guide))
    assert len(steps) == guide.count("\n```") // 2, "a block that no step introduces"
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XL_", "PYTEST_", "DJANGO_"))
    }
    env = {**kept, "DATA_DIR": str(checkout / "data"), "PYTHONPATH": str(checkout)}
    for step in steps:
        follow(step, checkout, env)
    assert (checkout / "xiangling/apps/drills/migrations/0001_initial.py").exists()
