"""The page: everything is on it, nothing of it can do anything, and it loads nothing."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.validation.record import CellResult, ExerciseResult, LessonResult, Outcome
from courses.validation.reports.html import bar, marked, page, write_html
from courses.validation.reports.outputs import LARGEST_PICTURE, shown

HERE = Path("courses/tiny")
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\nrest").decode()
ATTACKS = (
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</pre></details><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "]]><svg onload=alert(1)>",
    "<!--",
    "&lt;script&gt;",
)
VOID = {"meta", "img", "input", "br"}


class Elements(HTMLParser):
    """What a browser would see: elements with their attributes, and the text between."""

    def __init__(self, html):
        super().__init__()
        self.found, self.text, self.open = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes what is not open"

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]

    def said(self):
        return " ".join(" ".join(self.text).split())


def failing(text="", **more):
    cell = CellResult(
        **{
            "id": f"bad{text}",
            "line": 12,
            "outcome": Outcome.FAILED,
            "seconds": 1.5,
            "message": f"It is wrong. {text}",
            "detail": text,
            "source": text,
            **more,
        }
    )
    return LessonResult(
        lesson=f"one{text}",
        notebook=f"one{text}.ipynb",
        outcome=Outcome.FAILED,
        seconds=3,
        budget_s=60,
        message=text,
        detail=text,
        host=text,
        ran_at=text,
        versions={"python": text},
        cells=(cell,),
        exercises=(ExerciseResult(id=text, cell=text, solved=text, untouched=text),),
    )


def assert_harmless(html):
    elements = Elements(html)
    assert elements.open == []
    for tag, attributes in elements.found:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base", "form"}, tag
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in {"style", "srcdoc", "action"}, (tag, name)
            if name == "href":
                assert value.startswith("#")
            if name == "src":
                assert re.match(r"data:image/(png|jpeg|svg\+xml);base64,[A-Za-z0-9+/=]+\Z", value)


def test_the_page_says_what_came_out_and_why(record):
    said = Elements(page(record, HERE)).said()
    for words in (
        "tiny 1.0.0",
        "one.ipynb:12",
        "Oh: <no>",
        "ValueError: [bold] <&>",
        "No GPU.",
        "Node gone.",
        "3.5 of 60 s",
        "210 of 1024 MiB",
        "cached",
    ):
        assert words in said, words


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_of_a_lesson_becomes_part_of_the_page(a_record, attack):
    # given an attack in every place that a course or a lesson fills
    outputs = (
        {"output_type": "stream", "name": attack, "text": [attack]},
        {"output_type": "error", "ename": attack, "evalue": attack, "traceback": [attack]},
        {
            "output_type": "display_data",
            "data": {
                "text/html": attack,
                "text/plain": attack,
                "image/png": attack,
                "image/svg+xml": f'<svg xmlns="http://www.w3.org/2000/svg">{attack}</svg>',
                "application/javascript": attack,
                attack: attack,
            },
        },
        {"output_type": "display_data", "data": {"image/png": PNG, "text/plain": attack}},
    )
    record = a_record(failing(attack, outputs=outputs), course=attack)

    # when it is put on a page
    html = page(record, HERE)

    # then it is text there, and nothing else
    assert_harmless(html)
    assert attack in "".join(Elements(html).text)


@given(text=st.text())
def test_any_text_is_harmless(text):
    from courses.validation.record import ValidationRecord

    record = ValidationRecord(
        course=text,
        version=text,
        content_hash=text,
        machine=text,
        started_at=text,
        validated_at=text,
        seconds=1,
        outcome=Outcome.FAILED,
        lessons=(failing(text),),
        key=text,
        signature=text,
    )
    assert_harmless(page(record, HERE))


def test_the_policy_allows_our_style_and_pictures_of_the_page_and_nothing_else(record):
    html = page(record, HERE)
    policy = next(
        one["content"]
        for one in Elements(html).all("meta")
        if one.get("http-equiv") == "Content-Security-Policy"
    )
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert "http:" not in style
    assert "url(" not in style


def test_a_huge_output_leaves_the_page_small(a_record):
    flood = {"output_type": "stream", "name": "stdout", "text": "x" * 5_000_000}
    huge = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * LARGEST_PICTURE).decode()
    picture = {"output_type": "display_data", "data": {"image/png": huge}}
    lesson = failing(outputs=(flood, picture, *[flood] * 500), source="y" * 5_000_000)
    html = page(a_record(lesson), HERE)
    assert len(html) < 1_000_000
    assert "2.0 MiB: too large to show" in html
    assert "and 482 more outputs" in html


@pytest.mark.parametrize(
    ("data", "kinds"),
    [
        ({"image/png": PNG}, ["picture"]),
        ({"image/png": f"{PNG[:8]}\n{PNG[8:]}\n", "text/plain": "<Figure>"}, ["picture"]),
        ({"image/jpeg": base64.b64encode(b"\xff\xd8\xff rest").decode()}, ["picture"]),
        ({"image/png": "no base64!", "text/plain": "<Figure>"}, ["named", "text"]),
        ({"image/png": base64.b64encode(b"<svg>").decode()}, ["named"]),
        ({"image/svg+xml": ["<svg>", "</svg>"]}, ["picture"]),
        ({"text/html": "<b>1</b>", "text/plain": "1"}, ["text", "html"]),
        ({"application/pdf": "abc"}, ["named"]),
        ({}, []),
    ],
)
def test_of_outputs_only_text_and_sound_pictures_are_shown(data, kinds):
    found = shown([{"output_type": "execute_result", "data": data}])
    assert [one.kind for one in found] == kinds


def test_a_picture_is_said_in_words_too():
    data = {"image/png": PNG, "text/plain": "<Figure size 640x480>"}
    (one,) = shown([{"output_type": "display_data", "data": data}])
    assert one.text == "<Figure size 640x480>"


def test_a_difference_is_marked_and_a_traceback_is_not():
    difference = "--- stored\n+++ this run\n@@ -1 +1 @@\n-1\n+2\n same"
    assert [mark for mark, _ in marked(difference)] == [
        *("place", "place", "place", "removed", "added", ""),
    ]
    trace = "------\nValueError\n----> 1 -x\n+ y"
    assert {mark for mark, _ in marked(trace)} == {""}


@pytest.mark.parametrize(
    ("used", "budget", "percent", "level"),
    [
        (10, 100, 10, "fine"),
        (80, 100, 80, "much"),
        (100, 100, 100, "much"),
        (101, 100, 100, "over"),
    ],
)
def test_a_bar_says_how_much_of_the_budget_was_used(used, budget, percent, level):
    found = bar(used, budget)
    assert (found.percent, found.level) == (percent, level)


def test_every_link_leads_to_a_place_on_the_page(record):
    elements = Elements(page(record, HERE))
    places = {one["id"] for _, one in elements.found if "id" in one}
    assert {one["href"].removeprefix("#") for one in elements.all("a")} <= places
    labels = {one["aria-labelledby"] for _, one in elements.found if "aria-labelledby" in one}
    assert labels <= places


def test_every_table_has_a_caption_and_headings_leave_out_no_level(record):
    elements = Elements(page(record, HERE))
    assert len(elements.all("table")) == len(elements.all("caption")) > 0
    levels = [int(tag[1]) for tag, _ in elements.found if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def colours():
    css = files("courses.validation.reports").joinpath("templates", "report.css").read_text("utf-8")
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+);", block))
        for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    )
    return {"light": light, "dark": light | dark}


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_has_the_contrast_that_wcag_asks_for(theme):
    palette = colours()[theme]
    on_surface = [
        (ink, ground)
        for ink in ("ink", "muted", "good", "bad", "warn", "broken", "accent")
        for ground in ("bg", "surface", "sunken")
    ]
    on_own = [(one, f"{one}-soft") for one in ("good", "bad", "warn", "broken")]
    for ink, ground in on_surface + on_own:
        lighter, darker = sorted((luminance(palette[ink]), luminance(palette[ground])))[::-1]
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (ink, ground)


def test_the_page_is_one_file(record, tmp_path):
    write_html(record, HERE, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text("utf-8") == page(record, HERE)
