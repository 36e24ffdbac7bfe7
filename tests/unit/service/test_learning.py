"""A page that asks for learning while the store is not open yet."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from courses.service.events.writer import StoreAway
from courses.service.learning import learning as subject
from courses.service.learning.learning import Learning
from courses.service.store import reading
from courses.service.store.store import Store

OWN = partial(reading.own, name="anna")


@pytest.fixture
async def learning(tmp_path: Path):
    learning = Learning(f"sqlite:///{tmp_path}/learning.sqlite", b"secret", keep_days=30)
    yield learning
    await learning.stop()


async def test_a_page_waits_for_a_store_that_is_just_being_opened(learning, monkeypatch):
    # given: a database that takes its time, as after a restart of everything
    reached = threading.Event()

    def slow_store(url: str, **more: Any) -> Store:
        assert reached.wait(30)
        return Store(url, **more)

    monkeypatch.setattr(subject, "Store", slow_store)
    monkeypatch.setattr(subject, "OPENING_S", 30)
    learning.start()
    # when: a page asks before, and then the database answers
    asked = asyncio.create_task(learning.read(OWN))
    await asyncio.sleep(0)
    assert not asked.done()
    reached.set()
    # then
    assert (await asked).lessons == ()


async def test_a_page_does_not_wait_for_a_store_that_is_away(learning, monkeypatch):
    # given: nothing listens where the database should be
    learning.url = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    monkeypatch.setattr(subject, "OPENING_S", 30)
    learning.start()
    with pytest.raises(StoreAway):
        await learning.read(OWN)
    # when, then: pages after that are not held up
    monkeypatch.setattr(subject, "OPENING_S", 3600)
    async with asyncio.timeout(30):
        with pytest.raises(StoreAway, match="just now"):
            await learning.read(OWN)
