"""What a PC/SC stack is made of, where it lies on this machine, and what is missing."""

import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from card_os.spec.errors import Phrase
from lab.pcsc.errors import PartsMissing

LIBRARY_PLACES = (
    "/usr/lib/pcsc/drivers/serial/libifdvpcd.so",
    "/usr/lib64/pcsc/drivers/serial/libifdvpcd.so",
    "/usr/local/lib/pcsc/drivers/serial/libifdvpcd.so",
)
COMPILE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Parts:
    """The two things that are not ours: the daemon and the driver of the virtual readers."""

    pcscd: Path
    vpcd: Path


def find_parts() -> Parts:
    """Look for everything that a stack of our own needs; `PartsMissing` names all that is not there."""
    pcscd = _find_program("pcscd")
    vpcd = next((Path(place) for place in LIBRARY_PLACES if Path(place).is_file()), None)
    missing = missing_packages(pcscd is not None, vpcd is not None)
    if pcscd is None or vpcd is None or missing:
        reason = Phrase(
            "PC/SC is not complete, missing: {missing}; install it, or use --in-process",
            missing=", ".join(missing),
        )
        raise PartsMissing(reason=reason)
    return Parts(pcscd, vpcd)


def missing_packages(pcscd: bool, vpcd: bool) -> tuple[str, ...]:
    """Names of the packages to install, given what was found; pyscard is looked up here."""
    found = {
        "pcscd": pcscd,
        "vsmartcard-vpcd": vpcd,
        "pyscard (Python)": importlib.util.find_spec("smartcard") is not None,
    }
    return tuple(package for package, there in found.items() if not there)


def build_loopback(directory: Path) -> Path | None:
    """Compile the preload library into `directory` (ours alone); None when no compiler can do it."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    library = directory / "loopback.so"
    with resources.as_file(resources.files("lab") / "loopback.c") as source:
        command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"]
        done = subprocess.run(  # noqa: S603 - all of it is ours
            command, capture_output=True, timeout=COMPILE_SECONDS, check=False
        )
    if done.returncode != 0:
        return None
    library.chmod(0o600)
    return library


def _find_program(name: str) -> Path | None:
    # An ordinary user's PATH leaves out the directories of system programs.
    places = [os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]
    found = shutil.which(name, path=os.pathsep.join(places))
    return Path(found) if found else None
