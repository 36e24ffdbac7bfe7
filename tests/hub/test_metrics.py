"""The hub's figures: for whoever holds the token that the site writes, and nobody else."""

from __future__ import annotations

import httpx
import pytest
from running_site import RunningSite

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def metrics(site: RunningSite, path: str, token: str) -> httpx.Response:
    headers = {"Authorization": f"token {token}"}
    return httpx.get(site.address + path, headers=headers, timeout=20, follow_redirects=False)


def test_the_token_in_the_file_reads_the_figures_and_nothing_else(local_site: RunningSite) -> None:
    # given
    file = local_site.data_dir / "hub" / "metrics-token"
    token = file.read_text()
    # when
    figures = metrics(local_site, "/hub/metrics", token)
    # then
    assert file.stat().st_mode & 0o777 == 0o600
    assert figures.status_code == 200
    assert "onboard_scheduler_snapshot_age_seconds" in figures.text
    assert metrics(local_site, "/hub/api/users", token).status_code == 403
    assert metrics(local_site, "/hub/api/users/trainee", token).status_code in (403, 404)


def test_without_the_token_there_are_no_figures(local_site: RunningSite) -> None:
    assert metrics(local_site, "/hub/metrics", "0" * 64).status_code == 403
    with local_site.sign_in(*next(iter(local_site.passwords.items()))) as trainee:
        assert trainee.http.get("/hub/metrics").status_code == 403
