"""A Python program in a process of its own, which libpcsclite binds to another pcscd."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run_python(
    script: str, *arguments: str, environment: dict[str, str], prefix: list[str] | None = None
) -> str:
    done = subprocess.run(
        [*(prefix or []), sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
