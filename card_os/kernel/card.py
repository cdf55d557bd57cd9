"""The card: one entrance for everything that a terminal sends."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from card_os.crypto.block_cipher import cipher_named
from card_os.iso7816.apdu import ApduFormatError, CommandApdu, ResponseApdu
from card_os.iso7816.atr import contact_atr, contactless_atr
from card_os.iso7816.status import SW
from card_os.kernel.commands import COMMANDS, Command
from card_os.kernel.file_system import FileSystem
from card_os.kernel.keys import KeyStore
from card_os.kernel.memory import Memory, PowerLoss
from card_os.kernel.refusal import Refused
from card_os.kernel.transport import shape
from card_os.kernel.volatile import Volatile
from card_os.spec.access import AccessRule
from card_os.spec.model import CommandSpec, FileSpec, LifeCycle, Profile

_log = logging.getLogger(__name__)
_NO_DATA = 5
_MOST_KEPT = 256
_LIFE_CYCLES = {state.encode("ascii"): state for state in LifeCycle}


def block_cell(df: FileSpec) -> str:
    """The memory cell that marks a DF as blocked or dead."""
    return f"df_state:{df.path}"


class Card:
    """A card or a SAM: a profile over a memory.

    It starts unpowered and refuses commands until `power_on` or `reset`. `random` gives challenges.
    """

    def __init__(
        self, profile: Profile, memory: Memory, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self.profile = profile
        self.memory = memory
        self.random = random
        self.cipher = cipher_named(profile.cipher)
        self.files = FileSystem(profile, memory)
        self.keys = KeyStore(profile, memory, self.files, self.cipher)
        self.ram: Volatile | None = None
        self._classes = {cla for spec in profile.commands.values() for cla in spec.classes}
        self._kept: dict[bytes, tuple[CommandApdu, CommandSpec, Command]] = {}
        self._block_cells = {
            file.path: frozenset(block_cell(level) for level in self.files.ancestors(file))
            for file in profile.files.values()
            if not file.kind.is_ef
        }

    @property
    def historical(self) -> bytes:
        """The eight historical bytes: chip maker 2, card maker 2, serial 4."""
        return self.memory.read("historical")

    @property
    def atr(self) -> bytes:
        """The answer to reset, at most 33 bytes."""
        build = contactless_atr if self.profile.transport == "contactless" else contact_atr
        return build(self.historical)

    def power_on(self) -> bytes:
        """Give power; returns the ATR."""
        return self.reset()

    def reset(self) -> bytes:
        """Forget everything volatile; returns the ATR."""
        self.memory.recover()
        self.ram = Volatile(df=self.files.mf)
        return self.atr

    def power_off(self) -> None:
        """Take the power away."""
        self.ram = None

    def transmit(self, command: bytes) -> bytes:
        """Answer any bytes with response data and a status word; never raises but when power is lost."""
        ram = self.ram
        if ram is None:
            return ResponseApdu(b"", SW.CONDITIONS_OF_USE).to_bytes()
        try:
            return self._answer(command, ram)
        except PowerLoss:
            self.ram = None
            raise
        except Refused as refused:
            response = ResponseApdu(refused.data, refused.sw)
        except Exception:
            _log.exception("a command of the card failed; it answers 6F00")
            response = ResponseApdu(b"", SW.INTERNAL_ERROR)
        ram.forget_work()
        return response.to_bytes()

    def _answer(self, command: bytes, ram: Volatile) -> bytes:
        apdu, spec, request = self._kept.get(command) or self._read(command)
        self._demand_state(spec)
        ram.begin(spec.name)
        if request is None:
            request = COMMANDS[spec.name].parse(apdu)
            self._keep(command, apdu, spec, request)
        with self.memory.transaction():
            data = request.execute(self)
        return shape(self.profile.transport, spec.name, apdu, data, ram)

    def _read(self, command: bytes) -> tuple[CommandApdu, CommandSpec, Command | None]:
        """What kind of command these bytes are."""
        try:
            apdu = CommandApdu.parse(command)
        except ApduFormatError:
            raise Refused(SW.WRONG_LENGTH) from None
        if apdu.cla not in self._classes:
            raise Refused(SW.CLA_UNKNOWN)
        spec = self.profile.command_of(apdu.ins, apdu.p1)
        if spec is None:
            raise Refused(SW.INS_UNKNOWN)
        if apdu.cla not in spec.classes:
            raise Refused(SW.CLA_UNKNOWN)
        return apdu, spec, None

    def _keep(self, command: bytes, apdu: CommandApdu, spec: CommandSpec, request: Command) -> None:
        """Keep what was read of a command that recurs and holds no secret: without data, or SELECT."""
        if len(command) <= _NO_DATA or spec.name == "select":
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[command] = apdu, spec, request

    def _demand_state(self, spec: CommandSpec) -> None:
        state = self.state
        if state not in spec.states:
            blocked = state is LifeCycle.CARD_BLOCKED and spec.name == "select"
            raise Refused(SW.FUNCTION_NOT_SUPPORTED if blocked else SW.CONDITIONS_OF_USE)

    # --- what commands ask of the card ------------------------------------------------------------------

    @property
    def volatile(self) -> Volatile:
        """The working memory of the powered card."""
        if self.ram is None:
            raise RuntimeError("the card has no power")
        return self.ram

    @property
    def life_cycle(self) -> LifeCycle:
        """The state that the card is in."""
        return _LIFE_CYCLES[self.memory.read("life_cycle")]

    @property
    def state(self) -> LifeCycle:
        """The state that decides about a command: the card's, or that of a blocked DF which is current.

        A DF is blocked with the DFs above it, and a dead one above outweighs a block below.
        # spec: commands_and_crypto 5.3 [DC]
        """
        memory = self.memory
        life_cycle, cells = _LIFE_CYCLES[memory.read("life_cycle")], self._block_cells[self.volatile.df.path]
        if life_cycle is LifeCycle.CARD_BLOCKED or not memory.has_any(cells):
            return life_cycle
        states = [memory.read(cell) for cell in cells if cell in memory]
        worst = (state for state in (LifeCycle.APP_DEAD, LifeCycle.APP_BLOCKED) if state.encode() in states)
        return next(worst, life_cycle)

    def df_state(self, df: FileSpec) -> LifeCycle | None:
        """APP_BLOCKED or APP_DEAD of one DF, None where it is in use."""
        cell = block_cell(df)
        return _LIFE_CYCLES[self.memory.read(cell)] if cell in self.memory else None

    def set_df_state(self, df: FileSpec, state: LifeCycle | None) -> None:
        """Block a DF, or take the block away."""
        if state is None:
            self.memory.erase(block_cell(df))
        else:
            self.memory.put(block_cell(df), state.encode("ascii"))

    def enter(self, state: LifeCycle) -> None:
        """Change the life-cycle state, inside the transaction of the command that does it."""
        self.memory.put("life_cycle", state.encode("ascii"))

    def allows(self, rule: AccessRule) -> bool:
        """Whether the rights held now and the life-cycle state meet a rule."""
        return rule.allows(self.volatile.keys, self.life_cycle)

    def demand(self, rule: AccessRule) -> None:
        """Raise 6982 where a rule is not met."""
        if not rule.allows(self.volatile.keys, self.life_cycle):
            raise Refused(SW.SECURITY_STATUS)
