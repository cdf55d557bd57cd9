"""One schema for SQLite and PostgreSQL: the tables, each in the module of its room."""

from issuer.registry.schema import access, applications, audit, batches, cards, lists, sams

ROOMS = (access, audit, sams, applications, batches, cards, lists)
