"""What is asked for at the keyboard: personal data, which every user could read on a command line."""

from __future__ import annotations

import typer


def asked(question: str) -> str:
    """The answer, without blanks around it; the question goes to standard error."""
    return str(typer.prompt(question, err=True)).strip()
