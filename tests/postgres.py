"""An empty, migrated database for each test, at the price of emptying tables."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from secrets import token_hex

import psycopg

from groundplan.stores.postgres.database import Database

_EMPTY = """
truncate goals, planning_runs, plan_versions, tasks, approvals, events, model_answers, checkpoints,
    checkpoint_blobs, checkpoint_writes, runs, ledger, feedback, issues, evaluations, past_tasks
    restart identity cascade
"""


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """The URL of a database that is dropped again."""
    name = f"test_{token_hex(6)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield server_url.replace("/groundplan?", f"/{name}?")
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@asynccontextmanager
async def emptied(url: str) -> AsyncIterator[Database]:
    """The database, open, with nothing in it."""
    async with Database(url) as database:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute(_EMPTY)
        yield database


_COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
    || case when a.attnotnull then ' not null' else '' end
    || case when a.attidentity <> '' then ' identity' else '' end
    || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname !~ 'yoyo|^checkpoint'
order by c.relname, a.attname
"""
_CONSTRAINTS = """
select conrelid::regclass::text, conname, pg_get_constraintdef(oid)
from pg_constraint
where connamespace = 'public'::regnamespace and contype in ('p', 'f', 'u', 'c')
    and conrelid::regclass::text !~ 'yoyo|^checkpoint'
order by 1, 2
"""
_INDEXES = """
select tablename, indexname, indexdef from pg_indexes
where schemaname = 'public' and tablename !~ 'yoyo|^checkpoint' order by 1, 2
"""
_TRIGGERS = """
select tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal order by 1, 2
"""


def schema_of(url: str) -> str:
    """The schema in lines, the same for every version of Postgres; without the tables of migration tool and
    checkpointer, which are theirs to change."""
    with psycopg.connect(url) as connection:
        return "".join(
            f"{table}.{name}: {' '.join(definition.split())}\n"
            for query in (_COLUMNS, _CONSTRAINTS, _INDEXES, _TRIGGERS)
            for table, name, definition in connection.execute(query).fetchall()
        )
