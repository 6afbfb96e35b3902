"""Processes of the product that a test starts and ends, `xiangling` words and all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class Processes:
    """Starts `xiangling` as processes of their own; what still runs at the end is killed."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.running: list[subprocess.Popen[str]] = []

    def run(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "xiangling.config.command", *words]
        process = subprocess.Popen(
            command,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.running.append(process)
        return process

    @contextmanager
    def ended(self) -> Iterator[None]:
        try:
            yield
        finally:
            for process in self.running:
                process.kill()
                process.communicate()
