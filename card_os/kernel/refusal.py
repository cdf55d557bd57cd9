"""How a command refuses: the one exception that becomes a status word."""

from __future__ import annotations


class Refused(Exception):
    """A command ends with this status word and changes nothing more."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw
