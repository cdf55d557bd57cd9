"""The life of an application as a table: states.csv.  # spec: issuance_and_ecard A.5"""

from __future__ import annotations

from issuer.registry.states import StateTable

STATES = StateTable.read(__package__, "application")
CLOSED = frozenset({"ISSUED", "WITHDRAWN", "REFUSED"})
"""What is over: the person may apply again."""
