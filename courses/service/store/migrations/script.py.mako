"""${message}."""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Forwards only: a copy of the database is the way back."""
    ${upgrades if upgrades else "raise NotImplementedError"}
