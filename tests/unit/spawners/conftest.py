"""What several tests of sessions share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hubless_spawner import Bench
from jupyterhub import orm, roles
from sqlalchemy.orm import Session


@pytest.fixture(name="rows")
def _rows() -> Iterator[Session]:
    """A hub's database, in memory."""
    session = orm.new_session_factory("sqlite:///:memory:")()
    session.add(orm.OAuthClient(identifier="jupyterhub"))  # the client of the hub's own tokens
    for role in roles.get_default_roles():
        roles.create_role(session, role)
    session.commit()
    yield session
    engine = session.get_bind()
    session.close()
    engine.dispose()


@pytest.fixture
def bench(rows: Session) -> Bench:
    return Bench(rows)
