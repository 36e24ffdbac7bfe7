"""The hub's own pages in the language of whoever looks at them."""

from __future__ import annotations

import httpx
import pytest
from running_site import RunningSite

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize(
    ("path", "sent", "language", "words"),
    [
        ("/hub/login", {"Accept-Language": "fr-LU,fr;q=0.9"}, "fr", "Mot de passe"),
        (
            "/hub/login",
            {"Accept-Language": "de", "Cookie": "onboard-language=en"},
            "en",
            "Password",
        ),
        ("/hub/nothing", {"Accept-Language": "de"}, "de", "Diese Seite gibt es nicht"),
        ("/hub/nothing", {"Cookie": 'onboard-language="><script>'}, "en", "no such page"),
    ],
)
def test_a_page_of_the_hub_speaks_the_trainees_language(
    local_site: RunningSite, path: str, sent: dict[str, str], language: str, words: str
) -> None:
    # when
    page = httpx.get(local_site.address + path, headers=sent, timeout=20).text
    # then
    assert f'<html lang="{language}">' in page
    assert words in page
