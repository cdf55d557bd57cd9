"""Whether a card may be used here: every check has a name, a verdict and its reason.

Answers are the numbers that drivers of the field give for the same refusal: 12, 23, 24 of one province, 1015
to 1017 and 1020 of another.  # spec: issuance_and_ecard A.5, D.1
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from card_os.spec.card_list import ANSWERS, CardList, Entry, Mark, Reason
from card_os.spec.errors import Phrase
from language import describe
from reader_client.contents import CardValue, RawValue
from reader_client.errors import ReaderClientError

# chip maker 00 A1, card maker A1 A1: a maker that no real card has; spec: commands_and_crypto 4.1
TEST_MAKER = bytes.fromhex("00A1A1A1")
_MAKER_LENGTH = 4


class Environment(StrEnum):
    """Where a terminal works."""

    TEST = "TEST"
    PROD = "PROD"


class CheckName(StrEnum):
    """The checks, in their order."""

    ENVIRONMENT = "environment"
    TERMINAL = "terminal"
    ISSUE_DATE = "issue_date"
    CARD_LIST = "card_list"
    INTERNAL_AUTHENTICATION = "internal_authentication"
    EXPIRY = "expiry"


class Verdict(StrEnum):
    """What a check came to."""

    PASSED = "passed"
    WARNING = "warning"
    REFUSED = "refused"


class Answer(StrEnum):
    """Driver answers for a refused card."""

    CHECK_FAILED = "12"
    CANCELLED = "23"
    LOST = "24"
    INVALID = "1015"
    EXPIRED = "1016"
    NOT_GENUINE = "1017"
    BLANK = "1020"


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `answer` is the driver answer of a refusal that has one."""

    name: CheckName
    verdict: Verdict
    reason: Phrase
    answer: Answer | None = None

    @property
    def words(self) -> str:
        """The reason in the reader's language."""
        return describe(self.reason)

    def to_json(self) -> dict[str, object]:
        """Name, verdict, reason, and the answer of a refusal."""
        row: dict[str, object] = {"check": self.name, "verdict": self.verdict, "reason": self.words}
        return {**row, "answer": self.answer} if self.answer else row


class CardRefusedError(ReaderClientError):
    """A card that may not be used; `check` says why."""

    template = "the card is refused: {reason}"

    def __init__(self, check: Check) -> None:
        self.check = check
        super().__init__(reason=check.reason)


class WrongEnvironmentError(CardRefusedError):
    """A test card at a terminal of the environment PROD."""


class IdNeededError(CardRefusedError):
    """A card on the grey list whose holder has not shown the ID document."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is known of a card: its 8 historical bytes, and items that are free to read."""

    factor: bytes = b""
    issuer_code: str | None = None
    card_number: str | None = None
    chip_serial: str | None = None
    issue_date: CardValue = None


def check_environment(environment: Environment, sighting: Sighting) -> Check:
    """Refuses a test card at a terminal of PROD."""
    is_test = sighting.factor[:_MAKER_LENGTH] == TEST_MAKER
    if environment is Environment.PROD and is_test:
        reason = Phrase("this is a test card, and the terminal is in the environment PROD")
        return Check(CheckName.ENVIRONMENT, Verdict.REFUSED, reason, Answer.INVALID)
    if environment is Environment.TEST and not is_test:
        reason = Phrase("environment TEST: the card is not one of its test cards")
        return Check(CheckName.ENVIRONMENT, Verdict.WARNING, reason)
    return Check(
        CheckName.ENVIRONMENT,
        Verdict.PASSED,
        Phrase("environment {environment}", environment=environment.value),
    )


def check_terminal(start: CardValue, end: CardValue, today: date) -> Check:
    """Whether the SAM may serve today, by the dates of its application, both included."""
    if isinstance(start, date) and today < start:
        reason = Phrase("the SAM serves from {day}", day=start.isoformat())
        return Check(CheckName.TERMINAL, Verdict.REFUSED, reason)
    if isinstance(end, date) and today > end:
        reason = Phrase("the SAM served until {day}", day=end.isoformat())
        return Check(CheckName.TERMINAL, Verdict.REFUSED, reason)
    if not (isinstance(start, date) and isinstance(end, date)):
        return Check(CheckName.TERMINAL, Verdict.WARNING, Phrase("the SAM does not say until when it serves"))
    return Check(
        CheckName.TERMINAL, Verdict.PASSED, Phrase("the SAM serves until {day}", day=end.isoformat())
    )


def check_issue_date(value: CardValue, today: date) -> Check:
    """A card without an issue date was never issued; one of the future cannot be right."""
    if value is None:
        return _refused(CheckName.ISSUE_DATE, Phrase("it has no issue date, so it is blank"), Answer.BLANK)
    if not isinstance(value, date):
        return _refused(CheckName.ISSUE_DATE, Phrase("its issue date cannot be read"), Answer.INVALID)
    if value > today:
        reason = Phrase("it is issued on {day}, which is still to come", day=value.isoformat())
        return _refused(CheckName.ISSUE_DATE, reason, Answer.INVALID)
    return Check(CheckName.ISSUE_DATE, Verdict.PASSED, Phrase("issued on {day}", day=value.isoformat()))


def check_expiry(value: CardValue, today: date) -> Check:
    """The last day is a good one. A card without a last day only warns: the item may be empty."""
    if isinstance(value, RawValue):
        return _refused(CheckName.EXPIRY, Phrase("its last day cannot be read"), Answer.INVALID)
    if not isinstance(value, date):
        return Check(
            CheckName.EXPIRY, Verdict.WARNING, Phrase("the card does not say until when it is valid")
        )
    if today > value:
        reason = Phrase("it expired on {day}", day=value.isoformat())
        return _refused(CheckName.EXPIRY, reason, Answer.EXPIRED)
    return Check(CheckName.EXPIRY, Verdict.PASSED, Phrase("valid until {day}", day=value.isoformat()))


def check_genuine(genuine: bool) -> Check:
    """What internal authentication came to."""
    name = CheckName.INTERNAL_AUTHENTICATION
    if not genuine:
        return _refused(name, Phrase("internal authentication failed: it is not genuine"), Answer.NOT_GENUINE)
    return Check(name, Verdict.PASSED, Phrase("the card is genuine"))


def check_list(card_list: CardList | None, sighting: Sighting, now: datetime, *, id_checked: bool) -> Check:
    """Black is refused. Grey is refused until the ID document has been looked at, then it warns.

    What grey means is stated nowhere: "warn and ask ID" is our reading.  # spec: issuance_and_ecard D.1 [I]
    """
    if card_list is None:
        return Check(CheckName.CARD_LIST, Verdict.WARNING, Phrase("no list of cards is at hand"))
    entry = card_list.find(sighting.card_number, sighting.chip_serial)
    if entry is None:
        return _not_listed(card_list, now)
    if entry.mark is Mark.BLACK:
        return _black(entry)
    if id_checked:
        return Check(CheckName.CARD_LIST, Verdict.WARNING, Phrase("on the grey list; the ID was checked"))
    reason = Phrase("it is on the grey list; ask for the ID document and say that it was checked")
    return _refused(CheckName.CARD_LIST, reason, None)


def stop_if_refused(check: Check) -> Check:
    """The same check; raises CardRefusedError or one of its kinds where it refuses."""
    if check.verdict is not Verdict.REFUSED:
        return check
    if check.name is CheckName.ENVIRONMENT:
        raise WrongEnvironmentError(check)
    if check.name is CheckName.CARD_LIST and check.answer is None:
        raise IdNeededError(check)
    raise CardRefusedError(check)


def _not_listed(card_list: CardList, now: datetime) -> Check:
    said = {"version": card_list.version, "days": card_list.age_days(now)}
    if card_list.is_overdue(now):
        reason = Phrase("not on list {version}, but that is {days} days old and overdue", **said)
        return Check(CheckName.CARD_LIST, Verdict.WARNING, reason)
    reason = Phrase("not on list {version}, which is {days} days old", **said)
    return Check(CheckName.CARD_LIST, Verdict.PASSED, reason)


def _black(entry: Entry) -> Check:
    reason = {
        Reason.LOSS: Phrase("it was reported lost"),
        Reason.CANCELLED: Phrase("it was cancelled"),
        Reason.ILLEGAL_USE: Phrase("it was used illegally"),
        Reason.LOSS_UNDONE: Phrase("it is on the black list"),
    }[entry.reason]
    return _refused(CheckName.CARD_LIST, reason, Answer(ANSWERS[entry.reason]))


def _refused(name: CheckName, reason: Phrase, answer: Answer | None) -> Check:
    return Check(name, Verdict.REFUSED, reason, answer)
