"""The one look: no script or style inside a page, and colours that everyone can read."""

import re
from pathlib import Path

import jupyterhub
import pytest
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader
from jupyterhub._data import DATA_FILES_PATH

import courses.service
import hub_config

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
    # given the loaders that the hub has
    upstream = FileSystemLoader(str(THEIRS))
    loader = ChoiceLoader(
        [PrefixLoader({"templates": upstream}), FileSystemLoader(str(OURS)), upstream]
    )
    # when
    template = Environment(loader=loader, autoescape=True).get_template(name)
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
