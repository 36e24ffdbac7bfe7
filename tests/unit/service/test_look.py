"""The one look: no script or style inside a page, and colours that everyone can read."""

import re
from pathlib import Path
from unittest.mock import Mock

import jupyterhub
import pytest
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader
from jupyterhub._data import DATA_FILES_PATH
from tornado.httputil import HTTPConnection, HTTPHeaders, HTTPServerRequest, RequestStartLine

import courses.service
import hub_config
from hub_config.hub_language import JINJA_OPTIONS, spoken

OURS = Path(hub_config.__file__).parent / "templates"
COURSES = Path(courses.service.__file__).parent / "templates"
STATIC = Path(hub_config.__file__).parent / "static"
THEIRS = Path(DATA_FILES_PATH) / "templates"
PAGES = sorted(path.name for path in OURS.glob("*.html") if "{% extends" in path.read_text())
LOOK = (STATIC / "look.css").read_text()
LIGHT, DARK_BY_SYSTEM, DARK_BY_HAND = (
    dict(re.findall(r"(--[\w-]+): (#\w+);", block))
    for block in re.findall(r"\{\s*color-scheme: \w+;(.*?)\}", LOOK, re.DOTALL)
)


@pytest.mark.parametrize("name", PAGES)
def test_every_hub_page_stands_on_one_of_jupyterhubs(name):
    # when
    template = as_the_hub_has_them().get_template(name)
    # then
    assert template.name == name
    assert (THEIRS / name).is_file(), f"JupyterHub {jupyterhub.__version__} has no {name}"


@pytest.mark.parametrize(
    "path", [*OURS.glob("*.html"), *COURSES.glob("*.html")], ids=lambda p: p.name
)
def test_no_page_of_ours_has_a_script_or_style_inside(path):
    # when
    page = path.read_text()
    # then
    assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son\w+=|javascript:|\|\s*safe", page)


@pytest.mark.parametrize(
    ("sent", "language", "title"),
    [
        ({"Accept-Language": "de-LU"}, "de", "Diese Seite gibt es nicht"),
        ({"Cookie": "onboard-language=fr", "Accept-Language": "de"}, "fr", "Cette page"),
        ({"Cookie": "onboard-language=%3Cscript%3E"}, "en", "There is no such page"),
        ({}, "en", "There is no such page"),
    ],
)
def test_the_hubs_own_pages_speak_the_trainees_language(sent, language, title):
    # given what a browser sends
    request = HTTPServerRequest(
        start_line=RequestStartLine("GET", "/hub/nothing", "HTTP/1.1"),
        headers=HTTPHeaders({"Host": "factory", **sent}),
        connection=Mock(spec=HTTPConnection),
    )
    hubs = {"static_url": lambda path, **_: path, "prefix": "/", "base_url": "/hub/"}
    # when
    page = (
        as_the_hub_has_them()
        .get_template("404.html")
        .render(spoken(("en", "fr", "de"), request), status_code=404, **hubs)
    )
    # then
    assert f'<html lang="{language}">' in page
    assert f"<h1>{title}" in page
    assert f'<option value="{language}" lang="{language}" selected>' in page


def as_the_hub_has_them() -> Environment:
    """Return the hub's templates, with its loaders (`JupyterHub.init_tornado_settings`)."""
    upstream = FileSystemLoader(str(THEIRS))
    loader = ChoiceLoader(
        [PrefixLoader({"templates": upstream}), FileSystemLoader(str(OURS)), upstream]
    )
    return Environment(loader=loader, autoescape=True, **JINJA_OPTIONS)


def test_dark_is_dark_however_it_was_chosen():
    assert DARK_BY_SYSTEM == DARK_BY_HAND
    assert LIGHT.keys() == DARK_BY_HAND.keys()


@pytest.mark.parametrize("colours", [LIGHT, DARK_BY_HAND], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "bg"),
        ("ink", "surface"),
        ("ink", "accent-soft"),
        ("muted", "bg"),
        ("muted", "surface"),
        ("accent", "bg"),
        ("accent", "surface"),
        ("on-accent", "accent"),
        ("on-accent", "accent-strong"),
        ("warn", "warn-soft"),
        ("bad", "bad-soft"),
        ("bad", "surface"),
    ],
)
def test_text_stands_out_from_its_ground(colours, text, ground):
    """WCAG 2.2, 1.4.3: 4.5 to 1."""
    assert contrast(colours[f"--{text}"], colours[f"--{ground}"]) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK_BY_HAND], ids=["light", "dark"])
def test_the_edge_of_a_field_can_be_seen(colours):
    """WCAG 2.2, 1.4.11: 3 to 1."""
    assert contrast(colours["--edge"], colours["--surface"]) >= 3


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
