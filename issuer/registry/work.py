"""A piece of work on the registry: one transaction of one operator, all of it or nothing.

Sealed columns are opened and closed here, and nowhere else: values go in and come out plain, the database
sees what the custodian sealed for that cell (table, column and row).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Select, Table, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from issuer.access.actor import Actor
from issuer.access.permission import require
from issuer.keys.custodian import Custodian
from issuer.registry import audit
from issuer.registry.errors import ChangedMeanwhileError, NotFoundError
from issuer.registry.schema.audit import counter
from issuer.registry.schema.columns import SEALED, new_id
from issuer.registry.states import StateTable

Row = dict[str, Any]
BLOCK = 500
"""How many ids one query names at most; databases limit that."""
_ROW, _NEW = "row_to_change", "new_"
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Work:
    """What services get: the open transaction, who works and with whom, and the moment that counts."""

    connection: Connection = field(repr=False)
    custodian: Custodian = field(repr=False)
    actor: Actor
    second: Actor | None
    now: datetime

    def permit(self, action: str) -> None:
        """Let the actor do this; raises NotPermittedError and SecondPersonError."""
        require(action, self.actor, self.second)

    def record(self, action: str, subject: str, subject_id: str, **detail: object) -> None:
        """Write a row of the audit chain. `detail` is never personal."""
        second = self.second.name if self.second else ""
        audit.append(
            self.connection,
            audit.AuditEntry(self.now, self.actor.name, second, action, subject, subject_id, detail),
        )

    def record_all(self, action: str, subject: str, told: Iterable[tuple[str, Mapping[str, object]]]) -> None:
        """Write a row of the audit chain for each subject id and detail, as `record` does for one."""
        second = self.second.name if self.second else ""
        audit.append_all(
            self.connection,
            [
                audit.AuditEntry(self.now, self.actor.name, second, action, subject, subject_id, detail)
                for subject_id, detail in told
            ],
        )

    def insert(self, table: Table, **values: object) -> str:
        """Add a row; returns its id. An `id` among the values is kept."""
        row_id = str(values.pop("id", "")) or new_id()
        self.connection.execute(insert(table).values(id=row_id, **self._sealed(table, row_id, values)))
        return row_id

    def insert_all(self, table: Table, rows: Iterable[Mapping[str, object]]) -> list[str]:
        """Add many rows with the same columns, as `insert` does for one; returns their ids in order."""
        sealed = []
        for row in rows:
            row_id = str(row.get("id", "")) or new_id()
            sealed.append({**self._sealed(table, row_id, row), "id": row_id})
        if sealed:
            self.connection.execute(insert(table), sealed)
        return [str(row["id"]) for row in sealed]

    def update(self, table: Table, row_id: str, **values: object) -> None:
        """Change cells of a row; raises NotFoundError."""
        statement = update(table).where(table.c.id == row_id).values(self._sealed(table, row_id, values))
        if self.connection.execute(statement).rowcount != 1:
            raise NotFoundError(kind=table.name, name=row_id)

    def update_all(self, table: Table, changes: Mapping[str, Mapping[str, object]]) -> None:
        """Change the same cells of many rows, by their ids; raises NotFoundError where one is missing."""
        if not changes:
            return
        names = list(next(iter(changes.values())))
        sealed = []
        for row_id, values in changes.items():
            cells = self._sealed(table, row_id, values)
            sealed.append({_ROW: row_id, **{_NEW + name: cells[name] for name in names}})
        statement = update(table).where(table.c.id == bindparam(_ROW))
        changed = statement.values({name: bindparam(_NEW + name) for name in names})
        if self.connection.execute(changed, sealed).rowcount != len(sealed):
            raise NotFoundError(kind=table.name, name="–")

    def move(
        self, table: Table, row: Mapping[str, Any], states: StateTable, action: str, **values: object
    ) -> str:
        """Take one step of a life cycle, with changes of other cells, and audit it; returns the new state.

        `row` has at least `id` and `state`. Raises TransitionRefusedError and ChangedMeanwhileError.
        """
        row_id, state = row["id"], row["state"]
        following = states.after(state, action, row_id)
        changes = {"state": following, **self._sealed(table, row_id, values)}
        statement = update(table).where(table.c.id == row_id, table.c.state == state).values(changes)
        if self.connection.execute(statement).rowcount != 1:
            raise ChangedMeanwhileError(kind=states.kind, name=row_id)
        self.record(action, table.name, row_id, before=state, after=following)
        return following

    def move_all(
        self,
        table: Table,
        rows: Sequence[Mapping[str, Any]],
        states: StateTable,
        action: str,
        **values: object,
    ) -> None:
        """Take the same step with many rows, with the same changes of other cells, and audit each.

        All or none: raises TransitionRefusedError and ChangedMeanwhileError. Sealed cells differ from row to
        row and cannot be among `values`.
        """
        steps: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            state = row["state"]
            following = states.after(state, action, row.get("number", row["id"]))
            steps.setdefault((state, following), []).append(row["id"])
        for (state, following), ids in steps.items():
            for block in batched(ids):
                unmoved = update(table).where(table.c.id.in_(block), table.c.state == state)
                if self.connection.execute(unmoved.values(state=following, **values)).rowcount != len(block):
                    raise ChangedMeanwhileError(kind=states.kind, name=", ".join(block[:1]))
        taken = {
            row_id: {"before": state, "after": following}
            for (state, following), ids in steps.items()
            for row_id in ids
        }
        self.record_all(action, table.name, ((row["id"], taken[row["id"]]) for row in rows))

    def get(self, table: Table, row_id: str, *, lock: bool = False) -> Row:
        """A row by its id, sealed cells opened; raises NotFoundError."""
        return self.one(select(table).where(table.c.id == row_id), table.name, row_id, lock=lock)

    def one(self, statement: Select[Any], kind: str, name: str, *, lock: bool = False) -> Row:
        """The one row of a query; raises NotFoundError with `kind` and `name`, which must not be personal."""
        rows = self.rows(statement.with_for_update() if lock else statement)
        if not rows:
            raise NotFoundError(kind=kind, name=name)
        return rows[0]

    def rows(self, statement: Select[Any]) -> list[Row]:
        """The rows of a query by the names of its columns, sealed cells opened.

        A query for sealed columns asks for the `id` of their table too.
        """
        columns = list(statement.selected_columns)
        found = self.connection.execute(statement).all()
        sealed = [
            (place, column, self._place_of_id(columns, column))
            for place, column in enumerate(columns)
            if isinstance(column, Column) and SEALED in column.info
        ]
        opened = []
        for row in found:
            cells = list(row)
            for place, column, of_id in sealed:
                cells[place] = self._opened(column, row[of_id], row[place])
            opened.append(dict(zip((str(column.key) for column in columns), cells, strict=True)))
        return opened

    def digest(self, context: str, value: str) -> bytes:
        """What `value` is searched by: 32 bytes under the search key, upper and lower case alike."""
        return self.custodian.keyed_digest(context.encode(), value.upper().encode())

    def next_number(self, name: str) -> int:
        """The next number of a series, from 1; each is given out once, in the order of the transactions."""
        return self.next_numbers(name, 1)[0]

    def next_numbers(self, name: str, count: int) -> range:
        """The next `count` numbers of a series, as `next_number` gives one; `count` is 1 or more."""
        dialect = sqlite if self.connection.dialect.name == "sqlite" else postgresql
        first = dialect.insert(counter).values(name=name, value=count)
        given = first.on_conflict_do_update(
            index_elements=[counter.c.name], set_={"value": counter.c.value + count}
        ).returning(counter.c.value)
        last = int(self.connection.execute(given).scalar_one())
        return range(last - count + 1, last + 1)

    def _sealed(self, table: Table, row_id: str, values: Mapping[str, object]) -> dict[str, object]:
        return {name: self._closed(table.c[name], row_id, value) for name, value in values.items()}

    def _closed(self, column: Column[Any], row_id: str, value: object) -> object:
        kind = column.info.get(SEALED)
        if kind is None or value is None:
            return value
        if kind == "json":
            raw = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        else:
            raw = value if isinstance(value, bytes) else str(value).encode()
        return self.custodian.seal(_cell(column, row_id), raw)

    def _opened(self, column: Column[Any], row_id: str, value: bytes | None) -> object:
        if value is None:
            return None
        raw = self.custodian.unseal(_cell(column, row_id), bytes(value))
        kind = column.info[SEALED]
        if kind == "json":
            return json.loads(raw)
        return raw if kind == "bytes" else raw.decode()

    @staticmethod
    def _place_of_id(columns: Sequence[Any], sealed: Column[Any]) -> int:
        for place, column in enumerate(columns):
            if isinstance(column, Column) and column.table is sealed.table and column.name == "id":
                return place
        raise LookupError(f"a query for {sealed} must ask for the id of its row")


def _cell(column: Column[Any], row_id: str) -> bytes:
    return f"{column.table.name}.{column.name}:{row_id}".encode()


def batched(items: Iterable[_Item], size: int = BLOCK) -> Iterator[list[_Item]]:
    """The items in blocks of `size`, in their order; the last one may be shorter."""
    running = iter(items)
    while block := list(islice(running, size)):
        yield block


def first_of(rows: Iterable[Row]) -> Row | None:
    """The first row, None where there is none."""
    return next(iter(rows), None)
