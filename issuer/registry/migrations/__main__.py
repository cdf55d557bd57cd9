"""`python -m issuer.registry.migrations "what changes"`: write the next step of the schema.

For developers: read what was written before it is committed. Works on a database in memory.
"""

from __future__ import annotations

import sys

from alembic import command
from sqlalchemy import create_engine

from issuer.registry import setting_up


def main() -> int:
    """Write the module; 2 without a message."""
    if len(sys.argv) != 2:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    with create_engine("sqlite://").begin() as connection:
        config = setting_up.config(connection)
        command.upgrade(config, "head")
        number = len(list(setting_up.scripts().walk_revisions())) + 1
        command.revision(config, sys.argv[1], autogenerate=True, rev_id=f"{number:04}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
