"""Groups of commands whose modules are imported when they are called: `rhc read` waits for no database.

    app = typer.Typer(cls=lazy_groups(issuer=("issuer.cli.app", _("issue cards"))))

The module has the group's Typer as `app`. Until it is called, only the line of help is known.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup


class LazyGroup(TyperGroup):
    """A group that is imported when its commands are asked for."""

    def __init__(self, name: str, module: str, help_line: str) -> None:
        self._module = module
        self._loaded: TyperGroup | None = None
        super().__init__(name=name, help=help_line, no_args_is_help=True)

    @property
    def loaded(self) -> TyperGroup:
        """The group itself."""
        if self._loaded is None:
            made = typer.main.get_group(import_module(self._module).app)
            made.name = self.name
            self._loaded = made
        return self._loaded

    @property
    def commands(self) -> MutableMapping[str, Any]:
        """The commands of the group."""
        return self.loaded.commands

    @commands.setter
    def commands(self, _none: object) -> None:
        """Nothing: the commands are those of the module."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:  # noqa: ANN401
        """The context of the group itself, to which everything goes from here."""
        return self.loaded.make_context(info_name, args, parent, **extra)


def lazy_groups(**groups: tuple[str, str]) -> type[TyperGroup]:
    """A class for `Typer(cls=…)` with these groups, each a module and its line of help."""

    class WithLazyGroups(TyperGroup):
        def __init__(self, **settings: Any) -> None:  # noqa: ANN401
            super().__init__(**settings)
            for name, (module, help_line) in groups.items():
                self.add_command(LazyGroup(name, module, help_line), name)

    return WithLazyGroups
