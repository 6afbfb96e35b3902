"""`make test`: every test on SQLite and on PostgreSQL, then the browser journeys; one summary.

`make test-spark` and `make test-ocr` are runs of their own: they need hundreds of MB of packages."""

import argparse
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "reports"
RUNS = {
    "sqlite": [
        "--db",
        "sqlite",
        "-m",
        "not browser and not spark and not ocr and not server",
        "-n",
        "2",
    ],
    "postgres": [
        "--db",
        "postgres",
        "-m",
        "not browser and not spark and not ocr and not embedded",
        "-n",
        "2",
    ],
    "browser": ["--db", "sqlite", "-m", "browser"],
    "spark": ["--db", "sqlite", "-m", "spark"],
    "ocr": ["--db", "sqlite", "-m", "ocr"],
}
ALWAYS = ["sqlite", "postgres", "browser"]


def counts(report: Path) -> dict[str, int]:
    """Numbers of tests, failures, errors and skips in a JUnit report; empty when there is none."""
    if not report.exists():
        return {}
    total = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in ET.parse(report).getroot().iter("testsuite"):
        for key in total:
            total[key] += int(suite.get(key, 0))
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", default=ALWAYS, help=f"of {', '.join(RUNS)}")
    options = parser.parse_args()
    REPORTS.mkdir(exist_ok=True)
    lines, failed = [], False
    for name in options.runs:
        report = REPORTS / f"{name}.xml"
        report.unlink(missing_ok=True)
        print(f"\n== {name}", flush=True)
        begun = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}", *RUNS[name]]
        done = subprocess.run(
            command, check=False, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "0"}
        )
        seconds, found = time.monotonic() - begun, counts(report)
        passes = done.returncode == 0 and found.get("tests", 0) > 0 and not found.get("skipped")
        failed = failed or not passes
        words = ", ".join(f"{value} {key}" for key, value in found.items()) or "did not run"
        lines.append(f"{'ok' if passes else 'FAILS':<6}{name:<10}{words} in {seconds:.0f} s")
    print("\n" + "\n".join(lines))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
