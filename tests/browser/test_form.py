"""The "choose myself" form as a trainee reads it, on a wide screen and on a phone."""

from __future__ import annotations

import pytest
from pictures import PICTURES
from playwright.sync_api import Page, expect
from running_site import RunningSite

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
VIEWS = [("en", 1280, "light"), ("fr", 360, "light"), ("de", 360, "dark"), ("de", 1280, "light")]
SAID = {
    "en": ("Start a session", "Session size", "up to", "Start"),
    "fr": ("Démarrer une session", "Taille de la session", "jusqu’à", "Démarrer"),
    "de": ("Eine Sitzung starten", "Größe der Sitzung", "bis zu", "Starten"),
}


@pytest.fixture
def trainee(page: Page, local_site: RunningSite) -> Page:
    user, password = next(iter(local_site.passwords.items()))
    page.goto(local_site.address)
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Courses")).to_be_visible()
    return page


def speak(page: Page, language: str) -> None:
    cookie = {"name": "onboard-language", "value": language, "domain": "127.0.0.1"}
    page.context.add_cookies([{**cookie, "path": "/"}])


def test_the_form_is_in_the_trainees_language(trainee: Page, local_site: RunningSite) -> None:
    for language, width, theme in VIEWS:
        # given
        heading, legend, has, button = SAID[language]
        speak(trainee, language)
        trainee.set_viewport_size({"width": width, "height": 800})
        trainee.emulate_media(color_scheme=theme)
        # when
        trainee.goto(f"{local_site.address}/hub/spawn")
        # then
        expect(trainee.locator("h1")).to_have_text(heading)
        expect(trainee.locator("legend")).to_have_text(legend)
        expect(trainee.locator(".pick .facts").first).to_contain_text(has)
        expect(trainee.locator("#spawn_form button")).to_have_text(button)
        trainee.screenshot(path=PICTURES / f"form-{language}-{width}-{theme}.png", full_page=True)
        assert not trainee.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_choice_that_is_not_allowed_says_so(trainee: Page, local_site: RunningSite) -> None:
    # given a form that asks for more hours than there are
    speak(trainee, "de")
    trainee.goto(f"{local_site.address}/hub/spawn")
    trainee.locator("#hours option").last.evaluate("option => { option.value = '999'; }")
    trainee.locator("#hours").select_option("999")
    # when
    trainee.get_by_role("button", name="Starten").click()
    # then
    alert = trainee.get_by_role("alert")
    expect(alert).to_contain_text("Ihre Sitzung wurde nicht gestartet.")
    expect(alert.locator("[lang=en]")).to_have_text(
        "A session of this size lasts at most 4 hours. Choose from 1 to 4."
    )
    expect(trainee.locator("legend")).to_have_text("Größe der Sitzung")
    trainee.screenshot(path=PICTURES / "form-refused-de.png", full_page=True)
