"""People, events, and the summaries that pages read. What it makes stays as it is here."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forwards only: a copy of the database is the way back."""
    op.create_table(
        "users",
        sa.Column("id", _Number, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("pseudonym", sa.String(32), nullable=False, unique=True),
        sqlite_autoincrement=True,
    )
    _events()
    _exercise_progress()
    _lesson_progress()
    op.create_table(
        "erasures",
        sa.Column("person", sa.String(64), primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )


def _events() -> None:
    op.create_table(
        "events",
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
        sa.UniqueConstraint("user_id", "id", name="events_once"),
    )
    op.create_index("events_by_time", "events", ["at_ms"])


def _exercise_progress() -> None:
    op.create_table(
        "exercise_progress",
        sa.Column("course", sa.String(40), primary_key=True),
        sa.Column("user_id", _Number, sa.ForeignKey("users.id"), primary_key=True),
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
        sqlite_with_rowid=False,
    )
    op.create_index("exercise_progress_by_user", "exercise_progress", ["user_id"])


def _lesson_progress() -> None:
    op.create_table(
        "lesson_progress",
        sa.Column("course", sa.String(40), primary_key=True),
        sa.Column("user_id", _Number, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("lesson", sa.String(40), primary_key=True),
        sa.Column("opened", sa.Integer, nullable=False),
        sa.Column("first_ms", sa.BigInteger, nullable=False),
        sa.Column("last_ms", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("lesson_progress_by_user", "lesson_progress", ["user_id"])
