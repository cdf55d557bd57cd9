"""SAMs from order to destruction, ranges of numbers, and the versions of the keys of cards."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Integer, LargeBinary, String, Text

from issuer.registry.schema.columns import Instant, reference, table

sam = table(
    "sam",
    Column("serial", String(10), nullable=False, unique=True),
    Column("state", String(16), nullable=False, index=True),
    Column("role", String(8), nullable=False),  # hospital, issuing
    Column("province", String(2), nullable=False),
    Column("city_code", String(6), nullable=False),
    Column("factor", LargeBinary(8), unique=True),
    Column("institution", String(64)),
    Column("device", String(64)),
    Column("terminal", String(6)),  # serial number of the terminal, in its files
    Column("certificate_serial", String(16)),
    Column("valid_until", Date),
    Column("keys", Text),  # check values by key and version, as JSON
    Column("ordered_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)
# 密码号段: numbers first to last, both included, of one kind; those of one kind never overlap
segment = table(
    "segment",
    Column("kind", String(16), nullable=False, index=True),
    Column("owner", String(64), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("next", BigInteger, nullable=False),  # the first number that was not given out yet
    Column("given_at", Instant, nullable=False),
    reference("parent", "segment"),
)
# which version of the keys of cards is used; four stand on each card
key_version = table(
    "key_version",
    Column("version", Integer, nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("since", Instant, nullable=False),
)
