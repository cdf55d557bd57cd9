"""How a command refuses: the one exception that becomes a status word."""

from __future__ import annotations


class Refused(Exception):
    """A command ends with this status word and writes nothing more; a warning carries data besides."""

    def __init__(self, sw: int, data: bytes = b"") -> None:
        super().__init__(f"{sw:04X}")
        self.sw, self.data = sw, data
