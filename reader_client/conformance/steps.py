"""The steps of which cases are made, as typed values; `notation` reads them from their lines.

A step is done at a `Desk`, where the card lies, values are saved by name, and exchanges are written down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from card_os.spec.model import LifeCycle, Profile
from reader_client.conformance.exchange import SAM
from reader_client.conformance.expectation import Expectation
from reader_client.conformance.template import Template
from reader_client.rights import keys_needed

if TYPE_CHECKING:
    from reader_client.conformance.desk import Desk


class CaseBrokenError(ValueError):
    """A case that asks for what cannot be: a fault of the suite."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `line` is how a case file writes it."""

    line: str

    @property
    def uses_sam(self) -> bool:
        """Whether it needs a SAM beside the card, or under test itself."""
        return False

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of the keys that it uses."""
        return ()

    @property
    def statuses(self) -> tuple[str, ...]:
        """The status words that it takes for right, as patterns."""
        return ()

    def do(self, desk: Desk) -> None:
        """Do it; raises CaseFailedError where the answer is not the expected one."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Reset(Step):
    """`reset`, `sam reset`: a warm reset; the ATR is saved as `atr`."""

    who: str

    @property
    def uses_sam(self) -> bool:
        """Whether the SAM is meant."""
        return self.who == SAM

    def do(self, desk: Desk) -> None:
        """Reset, and compare the ATR with that of the begin."""
        desk.reset(self.who)


@dataclass(frozen=True, slots=True)
class Select(Step):
    """`select DDF1/EF05`: SELECT by FID, level by level; each must be accepted, its FCI is not looked at."""

    who: str
    fids: tuple[bytes, ...]

    @property
    def uses_sam(self) -> bool:
        """Whether the SAM is meant."""
        return self.who == SAM

    def do(self, desk: Desk) -> None:
        """Send one SELECT for each level."""
        for fid in self.fids:
            desk.select(self.who, fid)


@dataclass(frozen=True, slots=True)
class Send(Step):
    """`send 00B2390005 -> 9000 = 3903* as city`: a command, or any bytes.

    The answer behind 61xx is fetched where the card is allowed to announce one; `raw` leaves it there.
    """

    who: str
    command: Template
    expected: Expectation
    raw: bool

    @property
    def statuses(self) -> tuple[str, ...]:
        """Those that are expected."""
        return () if self.expected.negated else self.expected.statuses

    @property
    def uses_sam(self) -> bool:
        """Whether the SAM is meant."""
        return self.who == SAM

    def do(self, desk: Desk) -> None:
        """Send and compare."""
        desk.exchange(self.who, self.command.fill(desk.saved), self.expected, complete=not self.raw)


@dataclass(frozen=True, slots=True)
class Challenge(Step):
    """`challenge c`: GET CHALLENGE of 8 bytes, saved by name."""

    who: str
    name: str

    @property
    def uses_sam(self) -> bool:
        """Whether the SAM is meant."""
        return self.who == SAM

    def do(self, desk: Desk) -> None:
        """Draw and save."""
        desk.saved[self.name] = desk.challenge(self.who)


@dataclass(frozen=True, slots=True)
class Authenticate(Step):
    """`authenticate RK1_DDF1 [version 2] [-> 63Cx]`: a challenge and EXTERNAL AUTHENTICATE over it."""

    key: str
    version: int
    expected: Expectation

    @property
    def statuses(self) -> tuple[str, ...]:
        """Those that are expected."""
        return () if self.expected.negated else self.expected.statuses

    @property
    def keys(self) -> tuple[str, ...]:
        """The one key."""
        return (self.key,)

    def do(self, desk: Desk) -> None:
        """Prove the key as a terminal does for reading: one challenge, the constant terminal data."""
        desk.authenticate(self.key, self.version, self.expected)


@dataclass(frozen=True, slots=True)
class Open(Step):
    """`open DDF1/EF06 read`: select the DF, win what the declaration asks for that use, select the EF.

    `needed` are the keys for it, None before the profile is known.
    """

    path: str
    use: str
    needed: tuple[str, ...] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that the declaration asks for."""
        return self.needed or ()

    def bound(self, profile: Profile, state: LifeCycle) -> Open:
        """The step with its keys; raises CaseBrokenError where nothing opens the file for that use."""
        file = profile.files[f"MF/{self.path}"]
        rules = {"read": file.read, "update": file.update, "set_valid": file.set_valid, "erase": file.erase}
        needed = keys_needed(rules[self.use], state)
        if needed is None:
            raise CaseBrokenError(f"{self.line!r}: nothing opens the file for that")
        return replace(self, needed=needed)

    def do(self, desk: Desk) -> None:
        """Select and authenticate; raises CaseBrokenError where the keys were never looked up."""
        if self.needed is None:
            raise CaseBrokenError(f"{self.line!r}: nobody has said which keys open the file")
        desk.open(self.path, self.needed)


@dataclass(frozen=True, slots=True)
class Compute(Step):
    """`value v = RK1_DDF1 {c} 1122334455667788`, `mac m = …`, `protect p = …`: what keys compute.

    `as province 32`, `as card 00A1…` compute as the SAM of another province, or for another card.
    """

    what: str
    name: str
    key: str
    version: int
    challenge: Template
    first: Template
    second: Template
    province: Template | None
    card: Template | None

    @property
    def keys(self) -> tuple[str, ...]:
        """The one key."""
        return (self.key,)

    def do(self, desk: Desk) -> None:
        """Compute and save."""
        desk.compute(self)


@dataclass(frozen=True, slots=True)
class Protected(Step):
    """`secure STK_DDF1 04DC0604 060420260102 -> 9000`: a fresh challenge, then cipher and MAC.

    `maced STK_DF03 84D20104 [BODY]` sends the body, if any, in clear with a MAC.
    """

    key: str
    header: Template
    data: Template
    enciphered: bool
    expected: Expectation

    @property
    def statuses(self) -> tuple[str, ...]:
        """Those that are expected."""
        return () if self.expected.negated else self.expected.statuses

    @property
    def keys(self) -> tuple[str, ...]:
        """The one key."""
        return (self.key,)

    def do(self, desk: Desk) -> None:
        """Draw, protect, send and compare."""
        header, data = self.header.fill(desk.saved), self.data.fill(desk.saved)
        desk.protected(self.key, header, data, self.expected, enciphered=self.enciphered)


@dataclass(frozen=True, slots=True)
class Let(Step):
    """`let x = {a}{b}`: save bytes under a name."""

    name: str
    value: Template

    def do(self, desk: Desk) -> None:
        """Save."""
        desk.saved[self.name] = self.value.fill(desk.saved)


@dataclass(frozen=True, slots=True)
class Same(Step):
    """`same {a} {b}` and `differ {a} {b}`: two values must, or must not, be equal."""

    first: Template
    second: Template
    equal: bool

    def do(self, desk: Desk) -> None:
        """Compare."""
        desk.compare(self.first, self.second, equal=self.equal)


@dataclass(frozen=True, slots=True)
class WholeFile(Step):
    """`file 1893 as image`: the current transparent file, read from its begin in blocks of 250 bytes.

    # spec: terminal_interface 5.2, blocks of LZ
    """

    size: int
    name: str

    def do(self, desk: Desk) -> None:
        """Read and save."""
        desk.saved[self.name] = desk.whole_file(self.size)


@dataclass(frozen=True, slots=True)
class Procedure(Step):
    """A check that is more than an exchange: `random`, `fuzz`, `time` …, see `procedures`."""

    run: Callable[[Desk], None]
    sam: bool = False

    @property
    def uses_sam(self) -> bool:
        """As it was said."""
        return self.sam

    def do(self, desk: Desk) -> None:
        """Run it."""
        self.run(desk)
