"""Failures as a person sees them: one line on standard error, exit code 1, never a traceback."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec

import typer

from card_os.spec.errors import PlainError
from language import _, cause, describe

P = ParamSpec("P")
_log = logging.getLogger(__name__)


def plain_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Turn every failure into one line on standard error and exit code 1."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except PlainError as error:
            line = describe(error)
        except OSError as error:
            line = cause(error)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:  # a fault of ours, still without a traceback for the person at the counter
            _log.debug("a command failed", exc_info=True)
            line = _("internal error: {kind}").format(kind=type(error).__name__)
        else:
            return
        typer.echo(line, err=True)
        raise typer.Exit(1)

    return run
