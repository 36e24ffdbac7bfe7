"""Classes, who sits in them, and what was said to all. What it makes stays as it is here."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forwards only: a copy of the database is the way back."""
    op.create_table(
        "classes",
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
    )
    op.create_index("classes_by_end", "classes", ["ends_ms"])
    _seats()
    _notes()


def _seats() -> None:
    op.create_table(
        "class_seats",
        sa.Column("class_id", sa.String(8), sa.ForeignKey("classes.id"), primary_key=True),
        sa.Column("user_id", _Number, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("why", sa.String(500), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("tried_ms", sa.BigInteger),
        sa.Column("opened_ms", sa.BigInteger),
    )
    op.create_index("class_seats_by_user", "class_seats", ["user_id"])


def _notes() -> None:
    op.create_table(
        "class_notes",
        sa.Column("number", _Number, primary_key=True, autoincrement=True),
        sa.Column("class_id", sa.String(8), sa.ForeignKey("classes.id"), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("class_notes_by_class", "class_notes", ["class_id"])
