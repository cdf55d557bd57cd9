"""`rhc issuer init`, `migrate`, `serve`: the house itself."""

from __future__ import annotations

from typing import Annotated

import typer

from issuer.access import operators
from issuer.access.actor import Actor, Role
from issuer.cli.desk import Home, new_password, office_of, open_key_file
from issuer.office import DATABASE, PUBLISHED, OfficeSettings, home_of, make_home, open_office, unmake_home
from issuer.registry import setting_up
from issuer.registry.work import Work
from language import _

LOOPBACK = "127.0.0.1"
FIRST, OTHER = "RHC_FIRST_PASSWORD", "RHC_OTHER_PASSWORD"


def init(
    name: Annotated[str, typer.Option("--name", help=_("name of the issuer as on the card"))],
    code: Annotated[str, typer.Option("--code", help=_("code of the issuer, up to 22 digits"))],
    city_code: Annotated[str, typer.Option("--city-code", help=_("six digits of GB/T 2260"))],
    administrators: Annotated[
        tuple[str, str],
        typer.Option("--administrators", help=_("names of the first two administrators")),
    ] = ("admin-1", "admin-2"),
    *,
    database: Annotated[
        str, typer.Option("--database", help=_("sqlite:///FILE or postgresql+psycopg://…"))
    ] = DATABASE,
    keys: Annotated[
        str, typer.Option("--keys", help=_("the key file, or `published` for the published test keys"))
    ] = PUBLISHED,
    environment: Annotated[str, typer.Option("--environment", help=_("TEST or PROD"))] = "TEST",
    home: Home = None,
) -> None:
    """Make a home with an empty registry and its first two administrators."""
    where = home_of(home)
    settings = OfficeSettings(name, code, city_code, environment, database, keys)
    people = [
        (operators.NewOperator(who, who, name, frozenset({Role.ADMINISTRATOR})), new_password(variable, who))
        for who, variable in zip(administrators, (FIRST, OTHER), strict=True)
    ]
    make_home(where, settings)
    try:
        office = open_office(where, open_key_file)
        founder, now = Actor(administrators[0], frozenset()), office.registry.clock()
        setting_up.create(
            office.registry,
            lambda connection: operators.found(
                Work(connection, office.custodian, founder, None, now), people
            ),
        )
        office.registry.close()
    except BaseException:
        unmake_home(where)
        raise
    typer.echo(
        _("{home} was made; {first} and {other} add the other operators").format(
            home=where, first=administrators[0], other=administrators[1]
        )
    )


def migrate(home: Home = None) -> None:
    """Bring the registry up to date."""
    office = open_office(home_of(home), open_key_file)
    version = setting_up.migrate(office.registry)
    office.registry.close()
    typer.echo(_("the registry has schema {version}").format(version=version))


def serve(
    port: Annotated[int, typer.Option("--port", help=_("port on the loopback address"))] = 8443,
    *,
    home: Home = None,
) -> None:
    """Serve the HTTP interface on the loopback address until Ctrl-C."""
    import uvicorn  # noqa: PLC0415  only this command needs it

    from issuer.api.app import create_app  # noqa: PLC0415

    with office_of(home) as office:
        text = _("http://{host}:{port}/openapi.json tells what is served here until Ctrl-C")
        typer.echo(text.format(host=LOOPBACK, port=port))
        uvicorn.run(create_app(office), host=LOOPBACK, port=port, log_level="warning", access_log=False)
