"""The proxy's agent, as it is preloaded: which name must a target prove to have?"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

import hub_config
from spawners.certificates import session_name

PRELOADED = Path(hub_config.__file__).with_name("session_names.cjs")
PROBE = Path(__file__).with_name("expected_name.cjs")


def expected(node: str, path: str, host: str = "gpu1") -> str | None:
    """What a request for `path` demands of `host`, whatever the browser's Host header says."""
    done = subprocess.run(
        [node, str(PROBE), json.dumps({"path": path, "host": host})],
        env={**os.environ, "NODE_OPTIONS": f'--require="{PRELOADED}"'},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return json.loads(done.stdout)["servername"]


@pytest.mark.parametrize("user", ["ada", "o'neil", "ada@uni.lu", "zoë", "a b", "u10.x_y-z"])
def test_a_session_is_asked_by_its_users_name(node: str, user: str) -> None:
    assert expected(node, f"/user/{quote(user)}/api?x=/user/eve/") == session_name(user)


@pytest.mark.parametrize("path", ["/user/ad%61/", "//user//ada/lab", "/user%2Fada/", "/user/ada"])
def test_another_spelling_is_the_same_user(node: str, path: str) -> None:
    assert expected(node, path) == session_name("ada")


def test_the_hub_is_asked_by_its_address(node: str) -> None:
    assert expected(node, "/hub/home", "127.0.0.1") == ""
    assert expected(node, "/hub/user/ada/", "hub.example") == "hub.example"


@pytest.mark.parametrize("path", ["/user/%zz/", "/user/%ff/"])
def test_what_cannot_be_read_is_sent_nowhere(node: str, path: str) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        expected(node, path)
