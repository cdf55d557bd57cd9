"""The wheel of this project in an environment of its own, as a user has it.

Nothing is downloaded: the packages that the wheel asks for, and what these ask for, are linked from the
environment of the tests. A package that nobody asks for is not there, so that a dependency that was forgotten
in pyproject.toml shows itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import venv
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
OWN = "residents-health-card"
SECONDS = 120
_PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
_OURS = ("PYTHON", "PYTEST")
_NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")


def source_files() -> list[Path]:
    """The files of the packages, relative to the project."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    folders = sorted(folder for pattern in patterns["find"]["include"] for folder in ROOT.glob(pattern))
    found = (file for folder in folders if folder.is_dir() for file in folder.rglob("*") if file.is_file())
    return [file.relative_to(ROOT) for file in found if "__pycache__" not in file.parts]


def build_wheel(folder: Path) -> Path:
    """Build the wheel from a copy of the project, so that nothing is left in the project itself."""
    source = folder / "source"
    for file in (*source_files(), Path("pyproject.toml"), Path("README.md"), Path("LICENSE")):
        (source / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, source / file)
    return _built(source, folder / "wheels")


class FreshEnvironment:
    """A virtual environment without anything, into which wheels are put."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=False, symlinks=True)
        self.folder = folder
        self.python = folder / "bin" / "python"
        self.site = next(folder.glob("lib/python*/site-packages"))
        self._there = {canonicalize_name(OWN)}

    def install(self, wheel: Path, *extras: str) -> None:
        """Install a wheel with what it asks for."""
        command = [
            *_PIP[:3],
            "--python",
            str(self.python),
            *_PIP[3:],
            "install",
            "-q",
            "--no-index",
            "--no-deps",
        ]
        subprocess.run([*command, str(wheel)], check=True, timeout=SECONDS)
        name = wheel.name.partition("-")[0]
        (info,) = self.site.glob(f"{name}-*.dist-info")
        for line in metadata.PathDistribution(info).requires or []:
            self._link(Requirement(line), frozenset(extras))

    def run(self, *arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run its Python, which sees nothing of the environment of the tests."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))
        }
        return subprocess.run(
            [self.python, *arguments],
            cwd=cwd,
            env={**kept, **environment},
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )

    def _link(self, wanted: Requirement, extras: frozenset[str]) -> None:
        if wanted.marker and not any(wanted.marker.evaluate({"extra": extra}) for extra in extras or {""}):
            return
        name = canonicalize_name(wanted.name)
        own = name == canonicalize_name(OWN)
        if not own and name in self._there and not wanted.extras:
            return
        self._there.add(name)
        found = metadata.distribution(OWN if own else wanted.name)
        assert own or wanted.specifier.contains(found.version), f"{found.name} {found.version}: {wanted}"
        if not own:
            self._link_files(found)
        for line in found.requires or []:
            self._link(Requirement(line), frozenset(wanted.extras))

    def _link_files(self, found: metadata.Distribution) -> None:
        for top in {
            file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")
        }:
            there = Path(str(found.locate_file(top)))
            if there.exists() and not (self.site / top).exists():
                (self.site / top).symlink_to(there)


def _built(source: Path, wheels: Path) -> Path:
    command = [*_PIP, "wheel", "-q", "--no-deps", "--no-index", "--no-build-isolation", "-w", str(wheels)]
    subprocess.run([*command, str(source)], check=True, timeout=SECONDS)
    (wheel,) = wheels.glob("*.whl")
    return wheel


def build_other(source: Path, folder: Path) -> Path:
    """Build the wheel of another project from a copy."""
    copy = folder / source.name
    shutil.copytree(source, copy, ignore=_NOT_COPIED)
    return _built(copy, folder / f"{source.name}-wheels")
