"""The application: the routers of all rooms, one form of refusal, limits and headers."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from issuer.api import (
    access,
    applications,
    audit,
    bank_parts,
    batches,
    cards,
    chips,
    keys,
    lists,
    partners,
    places,
    prints,
    refusals,
    sams,
)
from issuer.api.chip_line import ChipLines
from issuer.api.limits import Limits
from issuer.office import Office

ROUTERS = (
    access.router,
    audit.router,
    places.router,
    applications.router,
    batches.router,
    partners.router,
    prints.router,
    cards.router,
    bank_parts.router,
    chips.router,
    lists.router,
    keys.router,
    sams.router,
)


class QuietApp(FastAPI):
    """An application whose errors stay inside: a server would log them with the values that they speak of."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call; an error of ours has its answer by now, and its kind is in the log."""
        try:
            await super().__call__(scope, receive, send)
        except Exception:
            if scope["type"] != "http":
                raise


def create_app(office: Office) -> FastAPI:
    """The HTTP interface of an office; its description is at `/openapi.json`."""
    app = QuietApp(
        title=f"{office.settings.name} · {office.settings.environment}",
        version=version("residents-health-card"),
        # the pages that FastAPI offers for people fetch their scripts from elsewhere
        docs_url=None,
        redoc_url=None,
    )
    app.state.office = office
    app.state.chip_lines = ChipLines()
    for router in ROUTERS:
        app.include_router(router)
    refusals.install(app)
    app.add_middleware(Limits)
    return app
