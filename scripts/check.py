"""`make check`: everything about the checkout that can be judged without running the product's tests."""

import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
ENVIRONMENT = {**os.environ, "PATH": f"{os.environ['PATH']}{os.pathsep}{BIN}"}
BANNED_NAMES = re.compile(r"(^|/)(utils|helpers|common|misc|services|managers)(\.py|/)")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)")


def tracked(*patterns: str) -> list[str]:
    """Files of the checkout: committed ones, and new ones that are not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in found.splitlines() if (ROOT / name).exists()]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(path: Path) -> tuple[dict[str, str], set[str]]:
    """(version by package, packages that pyproject.toml asked for) as a lock file says."""
    pins: dict[str, str] = {}
    asked: set[str] = set()
    current = ""
    for line in path.read_text().splitlines():
        match = PINNED.match(line)
        if match:
            current = normal(match[1])
            pins[current] = match[2]
        elif "xiangling (pyproject.toml" in line:
            asked.add(current)
    return pins, asked


def stale_locks() -> list[str]:
    """Where pyproject.toml and the locks disagree; needs no network."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    extras = project["project"]["optional-dependencies"]
    run = project["project"]["dependencies"] + extras["build"] + extras["pdf"]
    wanted = {
        "requirements.lock": run,
        "requirements-dev.lock": run + groups["dev"],
        "requirements-spark.lock": run + groups["dev"] + groups["spark"],
        "requirements-ocr.lock": run + groups["dev"] + extras["ocr"],
        "requirements-node.lock": groups["node"],
        "requirements-installer.lock": groups["installer"],
    }
    problems = []
    for name, lines in wanted.items():
        pins, asked = read_lock(ROOT / name)
        requirements = [Requirement(line) for line in lines]
        names = {normal(requirement.name) for requirement in requirements}
        problems += [f"{name}: {extra} is no longer asked for" for extra in sorted(asked - names)]
        for requirement in requirements:
            found = pins.get(normal(requirement.name))
            if found is None or not requirement.specifier.contains(found, prereleases=True):
                problems.append(f"{name}: {requirement} is not what is locked ({found})")
        if re.search(
            r"https?://|file:|--(extra-)?index-url|--find-links", (ROOT / name).read_text()
        ):
            problems.append(f"{name}: names a host; write it with `make lock`")
    runtime, _ = read_lock(ROOT / "requirements.lock")
    everything, _ = read_lock(ROOT / "requirements-dev.lock")
    differing = [name for name, pin in runtime.items() if everything.get(name) != pin]
    problems += [
        f"requirements-dev.lock: {name} differs from requirements.lock" for name in differing
    ]
    if problems:
        problems.append("mend it with `make lock`")
    return problems


def banned_names() -> list[str]:
    return [
        f"{name}: say what it is about" for name in tracked("*.py") if BANNED_NAMES.search(name)
    ]


def command(*words: str | Path) -> Callable[[], list[str]]:
    def run() -> list[str]:
        done = subprocess.run(
            [str(word) for word in words],
            check=False,
            cwd=ROOT,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
        )
        return (done.stdout + done.stderr).strip().splitlines() if done.returncode else []

    return run


CHECKS = {
    "style": command(BIN / "ruff", "check", "--quiet", "--output-format", "concise", "."),
    "format": command(BIN / "ruff", "format", "--check", "--output-format", "concise", "."),
    "module names": banned_names,
    "locks": stale_locks,
    "import direction": command(BIN / "lint-imports"),
    "translations": command(BIN / "python", "-m", "xiangling.config.messages", "--check"),
    "system checks": command(BIN / "xiangling", "manage", "check", "--fail-level", "WARNING"),
    "migrations": command(BIN / "xiangling", "manage", "makemigrations", "--check", "--dry-run"),
    "types": command(BIN / "mypy"),
    "front end": command("npm", "--prefix", "frontend", "run", "--silent", "check"),
}


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="xl-check-") as folder:
        ENVIRONMENT["DATA_DIR"] = folder  # the checkout's own is an installation's
        failed = _failed()
    if failed:
        print(f"\nmake check fails: {', '.join(failed)}")
    return 1 if failed else 0


def _failed() -> list[str]:
    failed = []
    for name, check in CHECKS.items():
        begun = time.monotonic()
        problems = check()
        print(
            f"{'fails' if problems else 'ok':<6}{name} ({time.monotonic() - begun:.1f} s)",
            flush=True,
        )
        for line in problems[:60]:
            print(f"      {line}")
        if problems:
            failed.append(name)
    return failed


if __name__ == "__main__":
    sys.exit(main())
