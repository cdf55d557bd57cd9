"""The mark TEST on everything that is made outside of production."""

from __future__ import annotations

PRODUCTION = "PROD"
CARD_MARK, PAPER_MARK = "测试卡 TEST", "测试 TEST"


def is_marked(environment: str) -> bool:
    """True for every environment but PROD: a name that nobody knows must not leave the mark out."""
    return environment != PRODUCTION
