"""A bench whose exchanges are explained while they pass."""

from __future__ import annotations

from card_bench import Bench, Random, profile, snapshot

from card_os.kernel.card import Card
from card_os.kernel.memory import Memory
from card_os.trace import Exchange, Explainer, Explanation, TracedCard


class ExplainedBench(Bench):
    """A bench over a traced card; `told` are the explanations, `exchanges` what was explained."""

    def __init__(self, card: Card, *, values: bool = False) -> None:
        self.exchanges: list[Exchange] = []
        self.told: list[Explanation] = []
        self.explainer = Explainer(card.profile, values)
        super().__init__(TracedCard(card, self.exchanges.append, self._explain))

    def _explain(self, exchange: Exchange) -> None:
        self.told.append(self.explainer.explain(exchange))

    def last(self, command: str | bytes) -> Explanation:
        """The explanation of one more command."""
        self.send(command)
        return self.told[-1]


def explained(name: str = "health_card", state: str = "ISSUED", *, values: bool = False) -> ExplainedBench:
    """A keyed card with its blank contents, powered and explained."""
    return ExplainedBench(Card(profile(name), Memory(snapshot(state, name)), Random()), values=values)
