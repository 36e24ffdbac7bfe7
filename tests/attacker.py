"""A site whose hub logs all it can, and somebody at its REST API who may do nearly everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from running_site import ROOT, RunningSite

TOKEN = "a77ac8" * 8
"""That of the service in `hub/attacked/config.py`: more than anybody has at a site of ours."""


@contextmanager
def attacked(name: str, data_dir: Path) -> Iterator[RunningSite]:
    """A site, up, as `hub/attacked` starts it."""
    site = RunningSite(name, data_dir, launcher=ROOT / "tests/hub/attacked")
    try:
        site.start()
        yield site
    finally:
        site.stop()


def ask(
    site: RunningSite, method: str, path: str, token: str = TOKEN, **options: Any
) -> httpx.Response:
    """Ask the hub's REST API with a token."""
    headers = {"Authorization": f"token {token}"} if token else {}
    url = f"{site.address}/hub/api{path}"
    return httpx.request(method, url, headers=headers, timeout=60, **options)


def user_path(name: str) -> str:
    """Return the address of a user whatever is in the name."""
    return f"/users/{quote(name, safe='')}"


def make_user(site: RunningSite, name: str) -> httpx.Response:
    """Put a user in the hub's database whom no sign-in let in."""
    return ask(site, "POST", user_path(name))


def make_token(site: RunningSite, user: str, *scopes: str) -> str:
    """Return a token of the user that has these scopes."""
    answer = ask(site, "POST", f"{user_path(user)}/tokens", json={"scopes": list(scopes)})
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token
