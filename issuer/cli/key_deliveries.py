"""`rhc keys export`, `import`: keys on their way to a province or city, and from a maker of chips."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import typer

from issuer.cli.desk import As, Home, Second
from issuer.cli.key_ceremony import PapersOption, key_room, level_of
from issuer.cli.papers import PROTECTION, Papers, component_of, read_text, write_new
from issuer.keys import key_export
from issuer.keys.ceremony.components import PROTECTORS, protection_key
from issuer.keys.key_export import Delivery
from issuer.keys.key_file import key_file
from issuer.keys.key_set import TRANSPORT_KEY
from issuer.keys.test_custodian import ENVIRONMENT, PublishedKeysError, published
from language import _


def export(
    level: Annotated[str, typer.Option("--to", help=_("two digits of a province, or four of a city"))],
    out: Annotated[Path, typer.Argument(help=_("file of the delivery"))],
    *,
    typed: Annotated[
        bool, typer.Option("--typed", help=_("components are typed from papers, not drawn"))
    ] = False,
    papers: PapersOption = None,
    home: Home = None,
    operator: As = None,
    second: Second = None,
) -> None:
    """Deliver the keys of a province or a city, under a protection key of two people's components."""
    place = level_of(level)
    with key_room(home, operator, second) as (_at, room):
        protection = _protection(Papers(papers), typed=typed)
        text = room.export(place, protection)
        write_new(out, text)
        told = key_export.read(text, protection)
    _say(told, out)


def take_in(
    file: Annotated[Path | None, typer.Argument(help=_("file of the delivery"))] = None,
    *,
    published_transport: Annotated[
        bool,
        typer.Option(
            "--published-transport-key", help=_("the transport key of the chips of the lab, in TEST only")
        ),
    ] = False,
    home: Home = None,
    operator: As = None,
    second: Second = None,
) -> None:
    """Take a delivery of keys."""
    if (file is None) != published_transport:
        raise typer.BadParameter(_("a file, or --published-transport-key"))
    with key_room(home, operator, second) as (at, room):
        if file is None:
            environment = at.office.settings.environment
            if environment != ENVIRONMENT:
                raise PublishedKeysError(environment=environment)
            protection = secrets.token_bytes(16)
            level = key_file.open_file(room.path, room.unlock).level
            maker = key_export.of_maker(published(TRANSPORT_KEY), environment, level)
            text = key_export.write(maker, protection)
        else:
            text, protection = read_text(file), _protection(Papers(None), typed=True)
        told = room.take_in(text, protection)
    _say(told, file)


def _protection(papers: Papers, *, typed: bool) -> bytes:
    people = [_("bearer {number}").format(number=number) for number in range(1, PROTECTORS + 1)]
    return protection_key(
        [
            component_of(person, number, papers, PROTECTION, typed=typed)
            for number, person in enumerate(people, start=1)
        ]
    )


def _say(told: Delivery, file: Path | None) -> None:
    text = _("{file}: {count} keys for level {level}, delivery {number}").format(
        file=file or "–", count=len(told.keys), level=told.level.code or "–", number=told.export_id
    )
    typer.echo(text)
    for key, value in told.check_values().items():
        typer.echo(f"{key.name:<10} v{key.version}  {value.hex().upper()}")
