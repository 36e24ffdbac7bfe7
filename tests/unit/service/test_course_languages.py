"""A course with titles in two languages, on the pages of trainees who read one of them."""

import pytest
from published import publish

from courses.catalogue import Catalogue

PREFIX = "/services/courses/"
COURSE = """
id = "{id}"
version = "1.0.0"
title = {title}
summary = {{ fr = "Ce que fait un GPU.", en = "What a GPU does." }}
authors = ["A. Teacher"]
licence = "CC BY 4.0"
languages = ["fr"]
[[lessons]]
id = "first"
title = {{ fr = "Premier pas", en = "First step" }}
summary = {{ en = "Begin here.", fr = "Commencez ici." }}
notebook = "first.ipynb"
duration_minutes = 15
needs = {{ gpu = "required" }}
"""


@pytest.fixture
def catalogue(tmp_path):
    catalogue = Catalogue(tmp_path / "catalogue")
    for name, title in (
        ("gpus", '{ en = "GPUs", fr = "Les GPU" }'),
        ("data", '{ en = "Your data", fr = "Données" }'),
    ):
        source = tmp_path / name
        source.mkdir()
        (source / "course.toml").write_text(COURSE.format(id=name, title=title))
        (source / "first.ipynb").write_text("{}")
        publish(catalogue, source)
    return catalogue


@pytest.mark.parametrize(
    ("reads", "course", "lesson", "summary"),
    [
        ("fr", "Les GPU", "Premier pas", "Ce que fait un GPU."),
        ("en", "GPUs", "First step", "What a GPU does."),
        # The course is not in German: its own language it is.
        ("de", "GPUs", "First step", "What a GPU does."),
    ],
)
async def test_a_course_is_shown_in_the_language_that_was_chosen(
    browser, reads, course, lesson, summary
):
    # given
    browser.cookies["onboard-language"] = reads
    # when
    cards = (await browser.get(PREFIX)).body.decode()
    page = (await browser.get(f"{PREFIX}courses/gpus")).body.decode()
    wait = (await browser.get(f"{PREFIX}wait/gpus/first")).body.decode()
    # then
    assert f">{course}</a>" in cards
    assert summary in cards
    assert f"<h1>{course}</h1>" in page
    assert f"<h2>{lesson}</h2>" in page
    assert lesson in wait
    assert f">{course}</a>" in wait


async def test_a_conflict_names_the_lesson_in_the_language_that_was_chosen(browser, hub):
    # given a running session without a GPU
    browser.cookies["onboard-language"] = "fr"
    hub.runs("cpu")
    # when a lesson is started that needs one
    page = await browser.press(f"{PREFIX}start/gpus/first")
    # then
    assert page.code == 409
    assert "<h1>Premier pas</h1>" in page.body.decode()


@pytest.mark.parametrize(
    ("reads", "order"), [("en", ["GPUs", "Your data"]), ("fr", ["Données", "Les GPU"])]
)
async def test_courses_are_in_the_order_of_the_titles_that_are_shown(browser, reads, order):
    browser.cookies["onboard-language"] = reads
    page = (await browser.get(PREFIX)).body.decode()
    assert page.index(order[0]) < page.index(order[1])
