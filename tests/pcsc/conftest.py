"""One PC/SC stack for each test worker; libpcsclite is bound to it for the life of the worker."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.pcsc.client import SOCKET_VARIABLE
from lab.pcsc.errors import PartsMissing
from lab.pcsc.parts import find_parts
from lab.pcsc.private_stack import PrivateStack, private_stack
from lab.pcsc.readers import Readers


@pytest.fixture(scope="session")
def pcsc_stack() -> Iterator[PrivateStack]:
    """The private stack of this worker; PCSCLITE_CSOCK_NAME names its socket from here on."""
    try:
        find_parts()
    except PartsMissing as error:
        pytest.skip(str(error))
    with (
        tempfile.TemporaryDirectory(prefix="rhc-pcsc-") as directory,
        private_stack(Path(directory)) as stack,
    ):
        os.environ[SOCKET_VARIABLE] = str(stack.socket)
        yield stack


@pytest.fixture
def pcsc_readers(pcsc_stack: PrivateStack) -> Iterator[Readers]:
    """The readers of the stack, empty again after the test."""
    yield pcsc_stack.readers
    for slot in pcsc_stack.readers.slots:
        pcsc_stack.readers.eject(slot)
