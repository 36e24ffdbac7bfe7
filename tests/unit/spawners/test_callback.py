"""A job reports its port, and can set nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyterhub.apihandlers import default_handlers

import spawners.spawner  # noqa: F401  its import brings batchspawner's handler, and must undo it
from spawners.callback import PortHandler, read_port


@pytest.mark.parametrize("port", [1024, 8888, 65535])
def test_a_port_is_taken(port: int) -> None:
    assert read_port(json.dumps({"port": port}).encode()) == port


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"port=80",
        b"[8888]",
        b'{"port": 80}',
        b'{"port": 65536}',
        b'{"port": "8888"}',
        b'{"port": true}',
        b'{"port": 8888.0}',
        b'{"port": 8888, "exec_prefix": "sh -c id;"}',
        b'{"batch_query_cmd": "id"}',
        b"{}",
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        read_port(body)


@given(st.binary())
def test_no_bytes_do_anything_but_be_refused_or_read(body: bytes) -> None:
    try:
        port = read_port(body)
    except ValueError:
        return
    assert 1024 <= port <= 65535


def test_batchspawners_own_handler_is_gone() -> None:
    paths = [str(entry[0]) for entry in default_handlers]

    assert not [path for path in paths if "batchspawner" in path]
    assert [entry[1] for entry in default_handlers].count(PortHandler) == 1
