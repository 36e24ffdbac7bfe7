"""The tables of the learning store, as its migrations make them. Times in Unix milliseconds.

A person is a number everywhere but in `users`: what is left when that row is gone names nobody.
"""

from __future__ import annotations

import sqlalchemy as sa

# SQLite gives out numbers by itself only for its own INTEGER.
_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

metadata = sa.MetaData()

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", _Number, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(200), nullable=False, unique=True),
    sa.Column("pseudonym", sa.String(32), nullable=False, unique=True),
    sqlite_autoincrement=True,  # a number that was erased is never another's
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("number", _Number, primary_key=True, autoincrement=True),
    sa.Column("user_id", _Number, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("id", sa.LargeBinary(16), nullable=False),
    sa.Column("course", sa.String(40), nullable=False),
    sa.Column("release", sa.String(100), nullable=False),
    sa.Column("lesson", sa.String(40), nullable=False),
    sa.Column("exercise", sa.String(100), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("received_ms", sa.BigInteger, nullable=False),
    # With the user: nobody can use up the id of somebody else's event.
    sa.UniqueConstraint("user_id", "id", name="events_once"),
    sa.Index("events_by_time", "at_ms"),
)

exercises = sa.Table(
    "exercise_progress",
    metadata,
    sa.Column("course", sa.String(40), primary_key=True),
    sa.Column("user_id", _Number, sa.ForeignKey("users.id"), primary_key=True, autoincrement=False),
    sa.Column("lesson", sa.String(40), primary_key=True),
    sa.Column("exercise", sa.String(100), primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("hints", sa.Integer, nullable=False),
    sa.Column("solutions", sa.Integer, nullable=False),
    sa.Column("first_try_ms", sa.BigInteger),
    sa.Column("first_right_ms", sa.BigInteger),
    sa.Column("last_ms", sa.BigInteger, nullable=False),
    sa.Column("state_ms", sa.BigInteger),
    sa.Column("last_state", sa.String(20), nullable=False),
    sa.Column("last_message", sa.String(300), nullable=False),
    sa.Column("wrong_ms", sa.BigInteger),
    sa.Column("wrong_message", sa.String(300), nullable=False),
    sa.Column("wrong_check", sa.Integer),
    sa.Index("exercise_progress_by_user", "user_id"),
    sqlite_with_rowid=False,
)

lessons = sa.Table(
    "lesson_progress",
    metadata,
    sa.Column("course", sa.String(40), primary_key=True),
    sa.Column("user_id", _Number, sa.ForeignKey("users.id"), primary_key=True, autoincrement=False),
    sa.Column("lesson", sa.String(40), primary_key=True),
    sa.Column("opened", sa.Integer, nullable=False),
    sa.Column("first_ms", sa.BigInteger, nullable=False),
    sa.Column("last_ms", sa.BigInteger, nullable=False),
    sa.Index("lesson_progress_by_user", "user_id"),
    sqlite_with_rowid=False,
)

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("person", sa.String(64), primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)

classes = sa.Table(
    "classes",
    metadata,
    sa.Column("id", sa.String(8), primary_key=True),
    sa.Column("course", sa.String(40), nullable=False),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("size", sa.String(40), nullable=False),
    sa.Column("reservation", sa.String(64)),
    sa.Column("starts_ms", sa.BigInteger, nullable=False),
    sa.Column("ends_ms", sa.BigInteger, nullable=False),
    sa.Column("empty_s", sa.Integer, nullable=False),
    sa.Column("begun_ms", sa.BigInteger),
    sa.Column("closed_ms", sa.BigInteger),
    sa.Index("classes_by_end", "ends_ms"),
)

seats = sa.Table(
    "class_seats",
    metadata,
    sa.Column("class_id", sa.String(8), sa.ForeignKey("classes.id"), primary_key=True),
    sa.Column("user_id", _Number, sa.ForeignKey("users.id"), primary_key=True, autoincrement=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("since_ms", sa.BigInteger, nullable=False),
    sa.Column("why", sa.String(500), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("tried_ms", sa.BigInteger),
    sa.Column("opened_ms", sa.BigInteger),
    sa.Index("class_seats_by_user", "user_id"),
)

notes = sa.Table(
    "class_notes",
    metadata,
    sa.Column("number", _Number, primary_key=True, autoincrement=True),
    sa.Column("class_id", sa.String(8), sa.ForeignKey("classes.id"), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("text", sa.String(200), nullable=False),
    sa.Index("class_notes_by_class", "class_id"),
    sqlite_autoincrement=True,  # a page that was told of a note knows it by its number
)

personal = (events, exercises, lessons, seats)
"""The tables that hold something of a person."""
