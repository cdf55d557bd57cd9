"""The counter: what happens with a card between its insertion and the moment it goes back to the patient."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from card_os.spec.codecs import Value
from card_os.spec.errors import PlainError
from reader_client.channel import ChannelFactory
from reader_client.hospital import steps
from reader_client.hospital.terminal import Post, Terminal, ready

from hospital_program.patients import Patient, Patients

HOSPITAL = {"outpatient_org_name": "示范市第一人民医院", "outpatient_org_code": "00000001-9"}


class UnreadableCardError(PlainError):
    """A card without a number or a name."""

    template = "the card holds no readable number and name"


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that is over: when it began, what was found, what it cost."""

    began: datetime
    number: str
    diagnosis: str
    fee: Decimal


class Counter:
    """A counter with two readers and a SAM whose PIN it knows."""

    def __init__(self, channels: ChannelFactory, post: Post, patients: Patients, pin: str) -> None:
        self._channels, self._post, self._patients, self._pin = channels, post, patients, pin

    def register(self) -> Patient:
        """Check the card, read who its holder is, and register that person.

        Raises CardRefusedError for a card that may not be used here, and the errors of the readers.
        """
        with self._terminal() as terminal:
            values = steps.register(terminal).values
        # text, None for an empty item, or the raw bytes of one that holds nonsense
        number, name, birth = values["card_number"], values["holder_name"], values["birth_date"]
        if not isinstance(number, str) or not isinstance(name, str):
            raise UnreadableCardError
        return self._patients.enter(number, name, birth if isinstance(birth, date) else None)

    def close_visit(self, visit: Visit) -> int:
        """Write a visit on the card, signed by the SAM; returns its place, 1 to 5.

        A visit that is on the card already is not written again. Raises as `register` does.
        """
        values: dict[str, Value] = {
            **HOSPITAL,
            "visit_datetime": visit.began,
            "outpatient_number": visit.number,
            "outpatient_diagnosis_name_1": visit.diagnosis,
            "outpatient_fee_category_1": "诊察费",
            "outpatient_fee_amount_1": visit.fee,
        }
        with self._terminal() as terminal:
            record = steps.cashier(terminal, values).record
        assert record is not None
        return record.slot

    @contextmanager
    def _terminal(self) -> Iterator[Terminal]:
        with (
            closing(self._channels.user_card(None, None)) as card,
            closing(self._channels.sam(None, None)) as sam,
        ):
            yield ready(self._post, card, sam, self._pin)
