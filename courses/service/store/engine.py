"""The learning store's database: SQLite in a file, or PostgreSQL by URL; opened, and up to date."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from spawners.errors import InvalidInput, MissingTool, OnboardError

MIGRATIONS = Path(__file__).parent / "migrations"
_PATIENCE_S = 30
_CONNECT_S = 5
_READER_PATIENCE_S = 0.5
_CACHE_KIB = 64 * 1024
# Any number, the same for every process of ours and of nobody else's.
_MIGRATION_LOCK = 0x6F6E626F617264


def open_engine(url: str) -> sa.Engine:
    """Open the database. Raises InvalidInput for a URL that is none, MissingTool for no driver."""
    parsed = _parsed(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed)
        return _postgresql(parsed)
    except ImportError:
        raise MissingTool(
            "PostgreSQL needs psycopg, which is not in the hub's environment.",
            hint="Install aifactory-onboarding[postgresql] there.",
        ) from None


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() in ("sqlite", "postgresql"):
            return parsed
    except (ArgumentError, NoSuchModuleError):
        pass
    raise InvalidInput(
        "The learning store's address is none that we know.",  # it may hold a password
        hint="It begins with sqlite:/// or postgresql://.",
    )


def _postgresql(url: URL) -> sa.Engine:
    # A connection that died is noticed when it is taken up again, and nothing is waited for long.
    limits = {
        "connect_timeout": _CONNECT_S,
        "options": f"-c statement_timeout={_PATIENCE_S}s -c lock_timeout={_PATIENCE_S}s",
    }
    driver = url.set(drivername="postgresql+psycopg")
    return sa.create_engine(driver, pool_pre_ping=True, connect_args=limits)


def _sqlite(url: URL) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": _PATIENCE_S})
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's own
    # The driver would begin a transaction when it likes; `_begin` does, at its beginning.
    connection.isolation_level = None
    for pragma in (
        # What was answered "accepted" is on the disk, also when the power fails.
        "synchronous = FULL",
        "foreign_keys = ON",
        f"cache_size = -{_CACHE_KIB}",
        # What is erased is overwritten, and does not wait in the file's free pages.
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    # Who is going to write says so at once: a reader that turns writer may have to start again.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a connection in one transaction that writes."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def migrate(engine: sa.Engine) -> None:
    """Bring the tables up to date; of processes that start together, one does.

    Raises OnboardError if the database cannot be used, or is of a newer version than this one.
    """
    try:
        with _alone(engine), writing(engine) as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise OnboardError(
            f"The learning store cannot be brought up to date: {error}.",
            hint="Was it used by a newer version? Start that one again.",
        ) from None
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise OnboardError(
            f"The learning store cannot be opened: {first_line(error)}",
            hint="docs/learning.md says what it needs.",
        ) from None


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[None]:
    """Hold the file beside an SQLite database while its log is made a write-ahead one.

    The database remembers that; of two that say so at once, SQLite would refuse one.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    with Path(f"{engine.url.database}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None  # noqa: S101  a connection that is checked out has one
            driver.execute("PRAGMA journal_mode = WAL").fetchall()
        yield


def empty_log(engine: sa.Engine) -> bool:
    """Write an SQLite database's log into its file, and cut it. Returns whether it is empty now.

    Nobody can write meanwhile, so it waits only for readers who are done in a moment.
    """
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101  a connection that is checked out has one
        _wait(driver, _READER_PATIENCE_S)
        try:
            (is_read,) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[:1]
        finally:
            _wait(driver, _PATIENCE_S)
        return not is_read


def _wait(driver: Any, patience_s: float) -> None:  # noqa: ANN401  the driver's own
    driver.execute(f"PRAGMA busy_timeout = {int(patience_s * 1000)}")


def newest() -> str:
    """Return the revision of the tables that this version reads and writes."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return str(ScriptDirectory.from_config(config).get_current_head())


def first_line(error: Exception) -> str:
    """Return what the database said. The rest of an error is statements with their values."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]
