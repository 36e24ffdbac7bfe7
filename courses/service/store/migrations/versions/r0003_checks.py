"""At which check somebody was wrong last. Unknown of what came before, and of older sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Forwards only: a copy of the database is the way back."""
    op.add_column("exercise_progress", sa.Column("wrong_check", sa.Integer))
