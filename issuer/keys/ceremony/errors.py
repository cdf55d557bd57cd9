"""What is refused in a ceremony. No text shows a component, a share or a key."""

from __future__ import annotations

from card_os.spec.errors import PlainError


class ComponentError(PlainError):
    """A component that was not typed as it stands on its paper, or that may not be used."""

    template = "component: {reason}"


class ShareError(PlainError):
    """A recovery share, or a set of them, that cannot be used."""

    template = "recovery shares: {reason}"


class SharesUnavailableError(PlainError):
    """The library of the word lists is not there."""

    template = (
        "recovery shares need the Python package shamir-mnemonic: install residents-health-card[issuer]"
    )
