"""The test centre as the conformance suite sees it: simulated card and SAM, their keys, fresh cards at will.

Cards are personalised once for each variant, by commands, and copied from their memory afterwards.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from functools import cache
from secrets import token_bytes

from card_os.crypto.keys import province_factor
from card_os.kernel import card as kernel
from card_os.kernel import manufacture
from card_os.kernel.memory import Memory, PowerLoss
from card_os.spec.loader import load
from card_os.spec.model import KeySpec
from issuer.keys.custodian import CardFactors as IssuerFactors
from issuer.keys.custodian import Custodian, KeyRef
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.personalisation.issuance import city_code_bytes
from lab import demo
from reader_client.channel import Channel
from reader_client.conformance.bench import Bench, FreshCardError
from reader_client.conformance.model import CardState
from reader_client.errors import CardRemovedError
from reader_client.in_process import InProcessChannel
from reader_client.sam import CardFactors

SERIAL = 1
RESIDENT = "01"
PIN = bytes.fromhex(demo.SAM_PIN)


class CustodianKeys:
    """Keys of a custodian of the issuer, for the suite: it stands for the SAM of any province."""

    def __init__(self, custodian: Custodian) -> None:
        self._custodian = custodian

    def renew(self) -> None:
        """A custodian keeps nothing between two cases."""

    def authentication_value(
        self, key: KeySpec, version: int, factors: CardFactors, challenge: bytes, random: bytes
    ) -> bytes:
        """See CardKeys."""
        return self._custodian.authentication_value(
            KeyRef(key.name, version), _factors(factors), challenge, random
        )

    def mac(self, key: KeySpec, factors: CardFactors, challenge: bytes, header: bytes, body: bytes) -> bytes:
        """See CardKeys."""
        return self._custodian.mac(KeyRef(key.name), _factors(factors), challenge, header, body)

    def protect(
        self, key: KeySpec, factors: CardFactors, challenge: bytes, header: bytes, data: bytes
    ) -> bytes:
        """See CardKeys."""
        return self._custodian.protect(KeyRef(key.name), _factors(factors), challenge, header, data)


def _factors(factors: CardFactors) -> IssuerFactors:
    return IssuerFactors(factors.card, factors.province)


class CutChannel(InProcessChannel):
    """A channel to a simulated card whose power can be cut before any write step."""

    def __init__(self, card: kernel.Card) -> None:
        super().__init__(card, "simulated")
        self._memory = card.memory
        self._left = 0

    def cut_at(self, step: int) -> None:
        """See CuttableChannel."""
        self._left = step
        self._memory.on_step = self._count

    def transmit(self, command: bytes) -> bytes:
        """One exchange; CardRemovedError where the power failed in it."""
        try:
            return super().transmit(command)
        except PowerLoss:
            raise CardRemovedError(reader="simulated") from None
        finally:
            self._memory.on_step = _let_pass

    def _count(self, step: str) -> None:
        self._left -= 1
        if self._left == 0:
            raise PowerLoss(step)


def _let_pass(step: str) -> None:
    """Let a write step happen."""


class SimulatedCards:
    """A `CardFactory` of simulated cards of one variant."""

    def __init__(self, variant: str) -> None:
        self._profile = load("health_card", variant)
        self._variant = variant

    def card(self, state: CardState, challenges: Sequence[bytes] = ()) -> Channel:
        """See CardFactory."""
        due = deque(challenges)
        random = token_bytes if not due else lambda length: due.popleft() if due else token_bytes(length)
        if state in (CardState.CHIP, CardState.BARE):
            card = manufacture.chip(self._profile, _SERIAL_BYTES, random, tree=state is CardState.CHIP)
        else:
            card = kernel.Card(self._profile, Memory(_cells(self._variant, state)), random)
        return CutChannel(card)

    def sam(self, *, blank: bool = False) -> Channel:
        """See CardFactory."""
        card = kernel.Card(load("sam"), Memory(_sam_cells(blank=blank)))
        return InProcessChannel(card, "simulated SAM")


_SERIAL_BYTES = SERIAL.to_bytes(4, "big")


@cache
def _cells(variant: str, state: CardState) -> Mapping[str, bytes]:
    """The memory of a card in a state, made by the commands that make one."""
    if state is CardState.ISSUED:
        return demo.issue_card(demo.resident(RESIDENT), SERIAL, variant=variant).card.memory.snapshot()
    if state is CardState.KEYED:
        return demo.keyed(SERIAL, variant).memory.snapshot()
    if state is CardState.BLANK:
        return demo.blank("health_card", SERIAL, variant).memory.snapshot()
    raise FreshCardError(reason=state.value)


@cache
def _sam_cells(*, blank: bool) -> Mapping[str, bytes]:
    made = demo.blank("sam", SERIAL) if blank else demo.issue_sam(SERIAL)
    return made.memory.snapshot()


@cache
def _province(profile_name: str) -> bytes:
    return province_factor(city_code_bytes(load(profile_name), demo.ISSUER))


def simulated(variant: str = "") -> Bench:
    """A bench with an issued card of a variant and a SAM, both new; raises UnknownVariantError.

    The personalised memories are made once for each variant, by the cards as they are at that time.
    """
    profile = load("health_card", variant)
    for state in (CardState.ISSUED, CardState.KEYED, CardState.BLANK):
        _cells(variant, state)
    for blank in (False, True):
        _sam_cells(blank=blank)
    factory = SimulatedCards(variant)
    return Bench(
        card=factory.card(CardState.ISSUED),
        profile=profile,
        keys=CustodianKeys(PublishedTestCustodian()),
        sam=factory.sam(),
        sam_pin=PIN,
        factory=factory,
        province=_province("health_card"),
        shows_data=True,
    )
