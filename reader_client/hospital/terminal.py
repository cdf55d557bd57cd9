"""A terminal of a hospital: card, SAM, environment, list of cards, swipe log, who works at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from card_os.spec.card_list import CardList
from card_os.spec.errors import ValueRefusedError
from reader_client.channel import Channel
from reader_client.contents import CardValue
from reader_client.errors import CardRemovedError, ReaderClientError
from reader_client.hospital.genuine import internal_authenticate
from reader_client.hospital.roles import Step
from reader_client.hospital.swipe_log import Result, SwipeLog, SwipeLogError, SwipeRow
from reader_client.hospital.validity import (
    CardRefusedError,
    Check,
    Environment,
    Sighting,
    check_environment,
    check_expiry,
    check_genuine,
    check_issue_date,
    check_list,
    check_terminal,
    stop_if_refused,
)
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession
from reader_client.trust import trusted_roots

# without any right; spec: terminal_interface 2.3, commands_and_crypto 5.1
_FREE_ITEMS = ("issuer_code", "card_number", "chip_serial_number", "issue_date")


def _local_time() -> datetime:
    return datetime.now().astimezone()


@dataclass(frozen=True, slots=True)
class Post:
    """What is set at a terminal before a card comes. `now` is the time with its zone.

    `roots` are national roots, see `reader_client.trust`; raises TrustError for one that is none here.
    """

    log: SwipeLog
    environment: Environment = Environment.TEST
    card_list: CardList | None = None
    operator: str = ""
    now: Callable[[], datetime] = _local_time
    roots: Mapping[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        trusted_roots(self.roots, test=self.is_test)

    @property
    def is_test(self) -> bool:
        """Whether test cards and the published test root count here."""
        return self.environment is Environment.TEST


@dataclass(frozen=True, slots=True)
class Terminal:
    """A post with both channels; its SAM is open and its PIN verified."""

    post: Post
    card: Channel
    sam_channel: Channel
    sam: SamSession
    session: HealthCardSession
    sam_info: dict[str, CardValue]

    @property
    def sam_serial(self) -> str | None:
        """The serial number of the SAM."""
        return _text(self.sam_info.get("sam_serial_number"))

    @property
    def trust(self) -> dict[str, bytes]:
        """National roots for signatures: in PROD only those that were given."""
        return trusted_roots(self.post.roots, test=self.post.is_test)


@dataclass(frozen=True, slots=True)
class ReadySam:
    """A SAM that is open, whose PIN is verified and whose information files are read."""

    channel: Channel
    session: SamSession
    info: dict[str, CardValue]


def ready_sam(channel: Channel, pin: str) -> ReadySam:
    """Open the SAM and verify its PIN, before any card is there; raises PinError and StatusError."""
    sam = SamSession(channel)
    sam.open()
    sam.verify_pin(pin)
    return ReadySam(channel, sam, sam.info())


def with_card(post: Post, card: Channel, sam: ReadySam) -> Terminal:
    """A terminal for a card that has come to a SAM that waits; the card is not touched yet."""
    return Terminal(post, card, sam.channel, sam.session, HealthCardSession(card, sam.session), sam.info)


def ready(post: Post, card: Channel, sam_channel: Channel, pin: str) -> Terminal:
    """Both at once; the card is not touched yet. Raises PinError and StatusError."""
    return with_card(post, card, ready_sam(sam_channel, pin))


@dataclass(slots=True)
class Swipe:
    """A card at a terminal, while it is there; what becomes known of it goes into its row of the log."""

    terminal: Terminal
    step: Step
    sighting: Sighting = field(default_factory=Sighting)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unlogged: SwipeLogError | None = None

    def open(self) -> None:
        """Reset the card and read what every terminal may read of it; raises NotAHealthCardError."""
        session = self.terminal.session
        session.open()
        self.sighting = Sighting(session.factors.card)
        values = session.read(_FREE_ITEMS)
        issuer, number, serial, issued = (values[name] for name in _FREE_ITEMS)
        self.sighting = replace(
            self.sighting,
            issuer_code=_text(issuer),
            card_number=_text(number),
            chip_serial=_text(serial),
            issue_date=issued,
        )

    def check(self, check: Check) -> None:
        """Keep a check; raises CardRefusedError where it refuses."""
        self.checks.append(check)
        stop_if_refused(check)

    def check_validity(self, *, id_checked: bool) -> None:
        """All checks, what costs least first; the first refusal ends them, as a CardRefusedError.

        # spec: issuance_and_ecard D.1 "open, card valid?, may this terminal?"
        """
        terminal, today = self.terminal, self.terminal.post.now().date()
        info = terminal.sam_info
        self.check(check_environment(terminal.post.environment, self.sighting))
        self.check(
            check_terminal(info.get("application_start_date"), info.get("application_end_date"), today)
        )
        self.check(check_issue_date(self.sighting.issue_date, today))
        self.check(self.list_check(id_checked=id_checked))
        self.check(self.genuine_check())
        expiry = terminal.session.read(["card_expiry_date"])["card_expiry_date"]
        self.check(check_expiry(expiry, today))

    def list_check(self, *, id_checked: bool) -> Check:
        """What the list of cards says."""
        post = self.terminal.post
        return check_list(post.card_list, self.sighting, post.now(), id_checked=id_checked)

    def genuine_check(self) -> Check:
        """Internal authentication, right after `open`."""
        terminal = self.terminal
        done = internal_authenticate(terminal.session, terminal.card, terminal.sam, terminal.sam_channel)
        return check_genuine(done)

    def row(self, result: Result) -> SwipeRow:
        """The row for the log."""
        post = self.terminal.post
        return SwipeRow(
            time=post.now().isoformat(timespec="seconds"),
            step=self.step.value,
            result=result,
            operator=post.operator,
            sam_serial=self.terminal.sam_serial,
            issuer_code=self.sighting.issuer_code,
            card_number=self.sighting.card_number,
            chip_serial=self.sighting.chip_serial,
            environment=post.environment.value,
            text="; ".join(self.notes),
        )


@contextmanager
def swiped(terminal: Terminal, step: Step) -> Iterator[Swipe]:
    """A swipe with its row in the log, however it ends; no card is touched where the log cannot be written.

    Only an emergency goes on then: `unlogged` holds the error.
    """
    swipe = Swipe(terminal, step)
    _log(swipe, None)
    try:
        # one transaction: what `open` selected and what was proved must still hold at the last step
        with terminal.session.transaction():
            yield swipe
    except BaseException as error:
        swipe.notes.append(_logged(error))
        _log(swipe, _result(error))
        raise
    _log(swipe, Result.DONE)


def _log(swipe: Swipe, result: Result | None) -> None:
    """Write the row; without a result only see whether a row could be written."""
    log = swipe.terminal.post.log
    try:
        if result is None:
            log.ensure()
        else:
            log.append(swipe.row(result))
    except SwipeLogError as error:
        if swipe.step is not Step.EMERGENCY:
            raise
        swipe.unlogged = error


def _result(error: BaseException) -> Result:
    if isinstance(error, CardRefusedError):
        return Result.REFUSED
    return Result.CUT if isinstance(error, CardRemovedError) else Result.FAILED


def _logged(error: BaseException) -> str:
    """What the log says of an error: English, and never a value that somebody typed or a card held."""
    if isinstance(error, CardRefusedError):
        answer = f" ({error.check.answer})" if error.check.answer else ""
        return f"{error.check.name}: {error.check.reason}{answer}"
    if isinstance(error, ReaderClientError):
        return str(error)
    if isinstance(error, ValueRefusedError):
        return f"{error.fields['item']}: the value is refused"
    return type(error).__name__


def _text(value: CardValue) -> str | None:
    return value if isinstance(value, str) else None
