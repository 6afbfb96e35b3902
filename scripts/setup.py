"""Make the working environment: `setup.py run` for the demo and development, `setup.py test` for tests and checks.

Uses only the standard library, runs on any Python 3.8 or newer, and does each step once: what has been done is kept
with a hash of what it was done from in `.venv/.set-up.json`.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
FRONTEND = ROOT / "frontend"
DIST = ROOT / "xiangling" / "web" / "static" / "xiangling" / "dist"
STAMPS = VENV / ".set-up.json"
PIP = [str(BIN / "python"), "-m", "pip", "--disable-pip-version-check"]
OLDEST = (3, 11)
NODE_OLDEST = 20
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEBIAN_PACKAGES = {
    "chromium": "chromium",
    "Chinese fonts": "fonts-noto-cjk",
    "LibreOffice Writer": "libreoffice-writer-nogui",
}


class Missing(Exception):
    """Something this machine lacks; the words say what to install."""


def say(text):
    print(f"[set-up] {text}", flush=True)


def run(*command, **options):
    """Run a command in the checkout; its output goes to the terminal, its failure ends the set-up."""
    words = [str(word) for word in command]
    result = subprocess.run(words, cwd=options.pop("cwd", ROOT), check=False, **options)
    if result.returncode:
        raise Missing(f"this command failed with code {result.returncode}: {' '.join(words)}")


def digest(*paths):
    """SHA-256 over the names and contents of files; folders are walked, node_modules left out."""
    total = hashlib.sha256()
    for path in paths:
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        for file in files:
            if "node_modules" not in file.parts and "__pycache__" not in file.parts:
                total.update(str(file.relative_to(ROOT)).encode())
                total.update(file.read_bytes())
    return total.hexdigest()


def read_stamps():
    try:
        return json.loads(STAMPS.read_text())
    except (OSError, ValueError):
        return {}


def stamp(**done):
    STAMPS.write_text(json.dumps({**read_stamps(), **done}, indent=1, sort_keys=True))


# Python ---------------------------------------------------------------------------------------------------------------


def python_version(command):
    """(major, minor) of an interpreter, or None where it does not run (a shim, a broken link)."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        found = subprocess.run(
            [command, "-c", code], capture_output=True, text=True, timeout=30, check=False
        )
        return tuple(int(part) for part in found.stdout.split()) if found.returncode == 0 else None
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def find_python():
    for command in (sys.executable, "python3", "python3.13", "python3.12", "python3.11"):
        version = python_version(command)
        if version and version >= OLDEST:
            return command
    raise Missing(
        "Python 3.11 or newer was not found. On Debian or Ubuntu: apt-get install python3 python3-venv"
    )


def make_venv():
    """The environment with pip in it, and uv by pip from a hashed lock."""
    healthy = python_version(str(BIN / "python"))
    if not (healthy and healthy >= OLDEST):
        python = find_python()
        if subprocess.run(
            [python, "-c", "import ensurepip, venv"], capture_output=True, check=False
        ).returncode:
            with_root_on_debian(
                ["python3-venv"], "the Python module ensurepip (package python3-venv)"
            )
        say(f"making .venv with {python}")
        run(python, "-m", "venv", "--clear", VENV)
    wanted = digest(ROOT / "requirements-installer.lock")
    if read_stamps().get("installer") != wanted:
        say("installing uv")
        subprocess.run(
            [*PIP, "install", "--quiet", "--require-hashes", "-r", "requirements-installer.lock"],
            cwd=ROOT,
            check=False,  # a platform without a uv wheel goes on with pip below
        )
        stamp(installer=wanted)


def install_python_packages(level):
    """Make .venv hold what the lock says. The test lock holds all of the run lock, so it serves both."""
    locks = {"run": ROOT / "requirements.lock", "test": ROOT / "requirements-dev.lock"}
    done = read_stamps()
    if done.get("level") == "test":
        level = "test"
    wanted = digest(locks[level])
    if done.get("level") != level or done.get("packages") != wanted:
        say(f"installing Python packages from {locks[level].name}")
        install_lock(locks[level])
        stamp(level=level, packages=wanted, node="", project="")
    project = digest(ROOT / "pyproject.toml")
    if read_stamps().get("project") != project:
        say("linking the project into .venv")
        run(*installer(), "--quiet", "--no-build-isolation", "--no-deps", "--editable", ".")
        stamp(project=project)


def install_besides(name, words):
    """What the run of that name needs beside the test packages: a Spark of its own, the recogniser of scans."""
    lock = ROOT / f"requirements-{name}.lock"
    wanted = [digest(lock), read_stamps().get("packages")]
    if read_stamps().get(name) != wanted:
        say(f"installing {words}")
        run(*installer(), "--quiet", "--require-hashes", "-r", lock.name)
        stamp(**{name: wanted})


def installer():
    uv = BIN / "uv"
    return [uv, "pip", "install", "--python", BIN / "python"] if uv.exists() else [*PIP, "install"]


def install_lock(lock):
    uv = BIN / "uv"
    if uv.exists():
        command = [uv, "pip", "sync", "--quiet", "--python", BIN / "python", "--require-hashes"]
        command += [lock, "requirements-installer.lock"]
        if subprocess.run([str(word) for word in command], cwd=ROOT, check=False).returncode == 0:
            return
        say("uv could not install the lock; trying pip")
    run(*PIP, "install", "--quiet", "--require-hashes", "-r", lock)


# Front end ------------------------------------------------------------------------------------------------------------


def node_version(command):
    try:
        found = subprocess.run(
            [str(command), "--version"], capture_output=True, text=True, timeout=60, check=False
        )
        return int(found.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def find_npm():
    """(npm, PATH) of a Node that is new enough: the machine's own, else the one from the Python package index."""
    if node_version("node") >= NODE_OLDEST and shutil.which("npm"):
        return shutil.which("npm"), os.environ["PATH"]
    if node_version(BIN / "node") < NODE_OLDEST:
        say(f"no Node {NODE_OLDEST} or newer here: installing it into .venv")
        run(*installer(), "--quiet", "--require-hashes", "-r", "requirements-node.lock")
    return BIN / "npm", f"{BIN}{os.pathsep}{os.environ['PATH']}"


def build_frontend():
    if not (FRONTEND / "package-lock.json").exists():
        raise Missing(
            "frontend/package-lock.json is not in this checkout: the pages have no scripts or styles"
        )
    packages = digest(FRONTEND / "package-lock.json")
    sources = digest(FRONTEND)
    done = read_stamps()
    installed = done.get("npm") == packages and (FRONTEND / "node_modules").is_dir()
    if installed and done.get("built") == sources and DIST.is_dir() and any(DIST.iterdir()):
        return
    npm, path = find_npm()
    environment = {**os.environ, "PATH": path}
    if not installed:
        say("installing front-end packages")
        run(
            npm,
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--silent",
            cwd=FRONTEND,
            env=environment,
        )
        stamp(npm=packages)
    say("building the front end")
    run(npm, "run", "--silent", "build", cwd=FRONTEND, env=environment)
    stamp(built=sources)


def compile_catalogue():
    locale = ROOT / "xiangling" / "locale"
    if not locale.is_dir():
        return
    sources = digest(*sorted(locale.rglob("*.po")))
    compiled = locale / "zh_Hans" / "LC_MESSAGES" / "django.mo"
    if read_stamps().get("catalogue") != sources or not compiled.exists():
        say("compiling the Chinese catalogue")
        run(BIN / "python", "-m", "xiangling.config.messages", "--compile")
        stamp(catalogue=sources)


# What only the tests need ---------------------------------------------------------------------------------------------


def with_root_on_debian(packages, what):
    """apt-get install where that is possible, else say what is missing and how to get it."""
    install = "apt-get install -y --no-install-recommends " + " ".join(packages)
    if not shutil.which("apt-get"):
        raise Missing(
            f"missing: {what}. Install it with this system's package manager (on Debian: {install})"
        )
    if os.geteuid() != 0:
        raise Missing(f"missing: {what}. Install it with: sudo {install}")
    say(f"missing: {what}; running {install}")
    quiet = {
        "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        "stdout": subprocess.DEVNULL,
    }
    run("apt-get", "update", "-qq", **quiet)
    run(*install.split(), "-qq", **quiet)


def has_chinese_font():
    fc_list = shutil.which("fc-list")
    if not fc_list:
        return any(Path("/usr/share/fonts").rglob("*CJK*"))
    return bool(
        subprocess.run(
            [fc_list, ":lang=zh-cn"], capture_output=True, text=True, check=False
        ).stdout.strip()
    )


def find_viewers():
    """What the tests look at pages and papers with: a browser, Chinese fonts, an office."""
    missing = []
    if not (os.environ.get("XL_CHROMIUM") or any(shutil.which(name) for name in CHROMIUM_NAMES)):
        missing.append("chromium")
    if not has_chinese_font():
        missing.append("Chinese fonts")
    if not shutil.which("soffice"):
        missing.append("LibreOffice Writer")
    if missing:
        with_root_on_debian([DEBIAN_PACKAGES[name] for name in missing], " and ".join(missing))


def main(level):
    VENV.mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context((ROOT / ".venv.lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX)  # two make commands at once: the second waits
        make_venv()
        install_python_packages("run" if level == "run" else "test")
        build_frontend()
        compile_catalogue()
        if level in ("browser", "ocr"):
            find_viewers()
        if level == "spark":
            if not shutil.which("java"):
                with_root_on_debian(["openjdk-17-jre-headless"], "Java 17")
            install_besides("spark", "Spark (450 MB)")
        if level == "ocr":
            install_besides("ocr", "the recogniser of scans (355 MB)")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "run")
    except Missing as problem:
        sys.exit(f"[set-up] {problem}")
