"""The wheel is whole, and the example of a hospital program tests itself in a fresh environment with it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from fresh_environment import ROOT, FreshEnvironment, build_other, build_wheel, source_files

EXAMPLE = ROOT / "examples" / "hospital-program"
TESTS = len(
    re.findall(r"^def test_", (EXAMPLE / "tests" / "test_counter.py").read_text("utf-8"), re.MULTILINE)
)
OVER_PCSC = 2


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> FreshEnvironment:
    folder = tmp_path_factory.mktemp("fresh")
    made = FreshEnvironment(folder / "environment")
    made.install(wheel)
    made.install(build_other(EXAMPLE, folder), "test")
    return made


def test_the_wheel_holds_every_file_of_the_packages(wheel):
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {str(file) for file in source_files() if file.suffix != ".md"}
    assert sorted(wanted - packed) == []
    assert {".csv", ".toml", ".json", ".po", ".c", ".html"} <= {Path(name).suffix for name in packed}
    assert sorted(name for name in packed - wanted if ".dist-info/" not in name) == []


def test_the_fresh_environment_has_the_wheel_and_no_more_than_it_asks_for(environment, tmp_path):
    program = "import card_os, lab, hospital_program, sys; print(card_os.__file__, lab.__file__, sys.prefix)"
    done = environment.run("-c", program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert str(ROOT) not in done.stdout
    for absent in ("hypothesis", "fastapi", "cmd2"):
        assert environment.run("-c", f"import {absent}", cwd=tmp_path).returncode == 1


def test_the_command_line_works_from_the_wheel(environment, tmp_path):
    done = environment.run("-m", "lab", "sim", "--once", "--in-process", cwd=tmp_path, RHC_LANG="en")
    assert done.returncode == 0, done.stderr
    assert "Read back and compared" in done.stdout


@pytest.mark.parametrize("mode", ["in-process", pytest.param("auto", marks=pytest.mark.pcsc)])
def test_the_example_tests_itself(environment, tmp_path, mode):
    options = ("-q", "-p", "no:cacheprovider", f"--health-card-readers={mode}", f"--rootdir={EXAMPLE}")
    done = environment.run("-m", "pytest", *options, str(EXAMPLE / "tests"), cwd=tmp_path, RHC_LANG="en")
    assert done.returncode == 0, done.stdout + done.stderr
    skipped = OVER_PCSC if mode == "in-process" or "skipped" in done.stdout else 0
    assert f"{TESTS - skipped} passed" in done.stdout
