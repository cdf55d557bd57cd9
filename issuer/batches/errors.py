"""What a batch refuses."""

from __future__ import annotations

from card_os.spec.errors import PlainError


class BatchRefusedError(PlainError):
    """Something that a batch cannot do now, or ever; nothing was changed."""

    template = "batch {batch}: {reason}"


class PartnerRefusedError(PlainError):
    """A partner that cannot be added, changed or named in a batch."""

    template = "partner {name}: {reason}"


class OpenLinesError(BatchRefusedError):
    """A batch that cannot be closed: lines are open."""

    template = (
        "batch {batch}: {count} lines are open, first line {line} in state {state}; give failed ones up first"
    )


class ChipUnavailableError(PlainError):
    """A chip that is not there, or that another process has in use; it was not touched."""

    template = "chip {serial}: {reason}"


class KeysChangedError(BatchRefusedError):
    """A batch that was begun with other keys than the custodian has now; no chip was touched."""

    template = (
        "batch {batch}: it was begun with key {key} version {version} of check value {due}, now it is {found}"
    )
