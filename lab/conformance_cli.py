"""`rhc conformance`: the suite of the reader client, with what the test centre lends to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from card_os.spec.loader import load
from card_os.spec.model import Meaning, Profile
from card_os.trace import Exchange as TracedExchange
from card_os.trace import Explainer, read_trace
from card_os.trace.reading import profile_of
from card_os.trace.words import printable
from issuer.keys.test_custodian import PublishedTestCustodian
from lab.conformance_bench import CustodianKeys, simulated
from language import speaking
from reader_client.conformance.bench import Bench, CardKeys
from reader_client.conformance.cli import conformance_app as app
from reader_client.conformance.exchange import CARD, SAM, Exchange
from reader_client.conformance.laboratory import lend

_BY_PROFILE = {"health_card": CARD, "sam": SAM}


class TestCentre:
    """What the suite gets from the lab; see Laboratory."""

    __test__ = False  # no test of pytest's, in spite of its name

    def bench(self, variant: str) -> Bench:
        """A simulated card of a variant with its SAM."""
        return simulated(variant)

    def published_keys(self) -> CardKeys:
        """The published test keys."""
        return CustodianKeys(PublishedTestCustodian())

    def explained(
        self, profile: Profile, exchanges: Sequence[Exchange], *, with_data: bool
    ) -> Sequence[Meaning]:
        """Each exchange in words, in both languages."""
        texts = []
        for language in ("zh", "en"):
            with speaking(language):
                texts.append(list(_told(profile, exchanges, with_data=with_data)))
        return [Meaning(zh, en) for zh, en in zip(*texts, strict=True)]

    def recorded(self, paths: Sequence[Path]) -> Sequence[Exchange]:
        """The exchanges of traces, by the profile that each one names."""
        found = []
        for path in paths:
            trace = read_trace(path)
            who = _BY_PROFILE[profile_of(trace)]
            found += [
                Exchange(who, one.command, one.response, one.seconds, one.masked) for one in trace.exchanges
            ]
        return found


def _told(profile: Profile, exchanges: Sequence[Exchange], *, with_data: bool) -> Iterator[str]:
    explainers = {
        CARD: Explainer(profile, with_data, hide_data=not with_data),
        SAM: Explainer(load("sam"), with_data),
    }
    for exchange in exchanges:
        traced = TracedExchange(exchange.command, exchange.response, exchange.seconds)
        yield printable(explainers[exchange.who].explain(traced).line)


@app.callback()
def with_test_centre(ctx: typer.Context) -> None:
    """Let the suite use simulated cards, the published keys, and words for exchanges."""
    lend(ctx, TestCentre())
