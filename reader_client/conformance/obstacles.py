"""What stands in the way of a case: something that it needs is missing, spoiled, or must be spared.

Keys and the PIN of the SAM are proved rightly once before any case uses them. Where that fails no case that
needs them is played, so that a card or a SAM of somebody else loses one try and not all of them.
"""

from __future__ import annotations

from collections.abc import Collection

from card_os.spec.errors import Phrase, PlainError
from card_os.spec.model import Meaning
from language import _, choose
from reader_client.conformance.bench import Bench
from reader_client.conformance.desk import CaseFailedError, Desk
from reader_client.conformance.exchange import CARD
from reader_client.conformance.expectation import OK
from reader_client.conformance.model import CardState, Case, Need
from reader_client.conformance.result import Identity
from reader_client.conformance.words import both, both_of

# the case that proves the keys themselves; where it fails no other key is tried
PROOF = "A1-00"
PROOF_KEY = "RK1_DDF1"
_SAM_PIN = "PIN of the SAM"
_APPLICATIONS = ("DDF1", "DF01", "DF02", "DF03")
_FACTORY_ONLY = frozenset({Need.POWER_CUTS, Need.FIXED_CHALLENGES, Need.SAM_BLANK})


class Obstacles:
    """What one run knows of its card: which keys fit, and what destructive cases have used up."""

    def __init__(self, bench: Bench, identity: Identity, *, destructive: bool) -> None:
        self._bench, self._identity, self._destructive = bench, identity, destructive
        self._proved: dict[str, Meaning | None] = {}
        self._spoiled: dict[str, str] = {}

    def spoil(self, case: Case) -> None:
        """A destructive case was played; where cards are not fresh, what it leaves is used up.

        A card that is not issued yet serves one case: that one moves it on.
        """
        if self._destructive and Need.DESTRUCTIVE in case.needs and self._bench.factory is None:
            leaves = case.leaves if case.state is CardState.ISSUED else ("card",)
            self._spoiled |= dict.fromkeys(leaves, case.id)

    def of(self, case: Case) -> Meaning | None:
        """Why a case cannot be played, None where nothing stands in its way."""
        found = self._missing(case)
        if found is not None:
            return both_of(found)
        if not self._identity.is_health_card and not case.any_card:
            return self._identity.trouble
        for token in _touched(case):
            if token in self._spoiled:
                spoiler = self._spoiled[token]
                return both_of(Phrase("{case} has used up what it needs: {what}", case=spoiler, what=token))
        if case.uses_pin and (trouble := self._trouble_with_sam()) is not None:
            return trouble
        if Need.TEST_KEYS in case.needs and case.state is CardState.ISSUED and case.id != PROOF:
            for key in (PROOF_KEY, *case.tries):
                trouble = self._trouble_with(key)
                if trouble is not None:
                    return trouble
        return None

    def _missing(self, case: Case) -> Phrase | None:
        bench, needs = self._bench, case.needs
        fresh = bench.factory is not None
        if Need.DESTRUCTIVE in needs and not self._destructive:
            return Phrase("destructive, and that was not asked for")
        if case.state is not bench.state and not fresh:
            return Phrase("it needs a card in the state {state}", state=case.state.value)
        if Need.TEST_KEYS in needs and bench.keys is None:
            return Phrase("there are no keys for the card")
        if Need.SAM in needs and bench.sam is None:
            return Phrase("there is no SAM")
        if not fresh and not needs.isdisjoint(_FACTORY_ONLY):
            return Phrase("it needs cards made for it, which a test centre has")
        return None

    def _trouble_with(self, key: str) -> Meaning | None:
        """Why a key is not to be used, found by proving it rightly once; this spares the tries of a card."""
        if key not in self._proved:
            self._proved[key] = self._proof(key)
        return self._proved[key]

    def _trouble_with_sam(self) -> Meaning | None:
        """Why the PIN of the SAM is not to be used, found by one VERIFY; this spares its tries."""
        if _SAM_PIN not in self._proved:
            self._proved[_SAM_PIN] = self._verify()
        return self._proved[_SAM_PIN]

    def _verify(self) -> Meaning | None:
        bench, pin = self._bench, self._bench.sam_pin
        if bench.sam is None or not pin:
            return both_of(Phrase("the PIN of the SAM is not known"))
        try:
            bench.sam.reset()
            response = bench.sam.transmit(bytes((0x00, 0x20, 0x00, 0x00, len(pin))) + pin)
        except PlainError as error:
            return both_of(error)
        except Exception as error:  # as for a case
            return internal(error)
        finally:
            if bench.keys is not None:
                bench.keys.renew()
        if response == b"\x90\x00":
            return None
        answer = response.hex().upper()
        return both_of(
            Phrase("the PIN of the SAM is refused ({answer}), its tries are spared", answer=answer)
        )

    def _proof(self, name: str) -> Meaning | None:
        bench = self._bench
        probe = Case(PROOF, Meaning("", ""), "", ())
        desk = Desk(bench, probe, bench.card, bench.sam)
        key = bench.profile.keys[name]
        try:
            desk.reset(CARD)
            for path in _levels(key.df):
                desk.select(CARD, bench.profile.files[path].fid.to_bytes(2, "big"))
            desk.authenticate(name, 1, OK)
        except CaseFailedError as error:
            told = error.actual
            return both(lambda: _not_proved(name, told))
        except PlainError as error:
            return both_of(error)
        except Exception as error:  # as for a case
            return internal(error)
        return None


def internal(error: Exception) -> Meaning:
    """An error that is nobody's answer: of a channel, or of a card in this process."""
    return both_of(Phrase("internal error: {kind}", kind=type(error).__name__))


def _levels(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:level]) for level in range(1, len(parts) + 1)]


def _touched(case: Case) -> Collection[str]:
    """What a case needs unspoiled, in the words of `leaves`."""
    text = " ".join((*case.lines, *case.keys))
    touched = {f"key:{key}" for key in case.keys}
    touched |= {f"df:{name}" for name in _APPLICATIONS if name in text}
    return touched | {"card", *({"pin", "sam"} & set(case.leaves))}


def _not_proved(name: str, told: Meaning) -> str:
    text = _("the key {key} does not fit, and its tries are spared: {answer}")
    return text.format(key=name, answer=choose(told))
