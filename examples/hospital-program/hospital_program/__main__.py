"""`python -m hospital_program register`: register the patient whose card lies in the reader."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from card_os.spec.errors import PlainError
from language import describe
from reader_client.hospital.swipe_log import SwipeLog
from reader_client.hospital.terminal import Post
from reader_client.pcsc import PcscChannels

from hospital_program.counter import Counter
from hospital_program.patients import Patients


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="hospital_program")
    parser.add_argument("command", choices=["register"])
    parser.add_argument("--folder", type=Path, default=Path(), help="where the patients and the log are kept")
    given = parser.parse_args()
    counter = Counter(
        PcscChannels(),
        Post(SwipeLog(given.folder / "log"), operator="counter 1"),
        Patients(given.folder / "patients.db"),
        pin=os.environ.get("SAM_PIN", ""),
    )
    try:
        patient = counter.register()
    except PlainError as error:
        print(describe(error), file=sys.stderr)
        return 1
    print(f"{patient.number}\t{patient.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
