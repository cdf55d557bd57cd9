"""One line, one chip: the chip is looked at, and becomes the card of the line where it is fit for it.

What came of it is a value, for the registry to record: nothing here touches the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from card_os.iso7816.atr import AtrError
from card_os.spec.errors import Phrase, PlainError
from card_os.spec.loader import load
from issuer.applications.making import MakingRecord
from issuer.batches.chip_source import ChipSource, OpenedChip
from issuer.batches.chips import factor_of_serial
from issuer.batches.errors import ChipUnavailableError
from issuer.batches.looking import Seen, look
from issuer.batches.terms import Terms
from issuer.keys.custodian import Custodian
from issuer.personalisation.card_script import PROFILE, IssuedCard, factors_of, plan_card
from issuer.personalisation.chip import Chip, PersonalisationError, WrongChipError, factor_of
from issuer.personalisation.issuance import IssuerSettings, issuer_values
from issuer.personalisation.record import ResidentRecord, read_record
from issuer.personalisation.steps import Step, perform

_HALF_MADE = "half made"


class Result(StrEnum):
    """What came of a line and its chip."""

    CARD = "card"
    WASTE = "waste"
    DATA_ERROR = "data_error"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`issued` is there for a card, `fault` for what is none; `found`: the chip was a card already."""

    result: Result
    issued: IssuedCard | None = None
    fault: str = ""
    found: bool = False


@dataclass(frozen=True, slots=True)
class CardMaking:
    """What all cards of a batch are made with."""

    settings: IssuerSettings
    terms: Terms
    custodian: Custodian = field(repr=False)
    source: ChipSource

    def make(self, serial: str, record: MakingRecord) -> Outcome:
        """Make the card of a person out of the chip with this serial number; raises nothing of the chip."""
        profile = load(PROFILE)
        try:
            resident = read_record(profile, record.raw, record.photo)
        except PlainError as error:
            return Outcome(Result.DATA_ERROR, fault=type(error).__name__.removesuffix("Error"))
        try:
            with self.source.open(serial) as opened:
                return self._on(opened, serial, resident)
        except ChipUnavailableError as error:
            return Outcome(Result.UNAVAILABLE, fault=str(error.fields["reason"]))

    def _on(self, opened: OpenedChip, serial: str, resident: ResidentRecord) -> Outcome:
        profile = load(PROFILE)
        try:
            factor = factor_of(profile, opened.atr)
        except (AtrError, WrongChipError):
            return Outcome(Result.WASTE, fault="no answer to reset of our chips")
        if factor != factor_of_serial(serial):
            reason = Phrase("the chip that was brought is another one")
            raise ChipUnavailableError(serial=serial, reason=reason)
        factors = factors_of(profile, self.settings, factor)
        versions = self.terms.versions
        values = issuer_values(
            profile,
            self.settings,
            self.custodian,
            card_number=resident.card_number,
            card_factor=factor,
            issue_date=self.terms.issued_on,
        )
        plan = list(plan_card(profile, resident, values, versions))
        chip = Chip(opened.transmit, profile, self.custodian, factors, versions)
        issued = IssuedCard(
            card_number=resident.card_number,
            chip_serial=serial,
            factors=factors,
            issue_date=self.terms.issued_on,
            expiry_date=self.terms.expires_on,
            keys=self.terms.keys,
        )
        seen = look(chip, plan)
        if seen is Seen.UNTOUCHED:
            return self._perform(plan, chip, issued)
        if seen is Seen.CARD:
            return Outcome(Result.CARD, issued, found=True)
        return Outcome(Result.WASTE, fault=_HALF_MADE)

    def _perform(self, plan: Sequence[Step], chip: Chip, issued: IssuedCard) -> Outcome:
        try:
            keys = perform(plan, chip, lambda step: None)
        except PersonalisationError as error:
            return Outcome(Result.WASTE, fault=f"{error.fields['command']} {error.fields['sw']}")
        if set(keys) != set(self.terms.keys):
            return Outcome(Result.WASTE, fault="other keys than the batch was begun with")
        return Outcome(Result.CARD, replace(issued, keys=keys))
