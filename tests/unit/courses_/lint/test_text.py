"""Headings, images, links and translations: what counts as one, and what is said of it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from courses.lint.catalogues import read
from courses.lint.links import external_links
from courses.lint.markdown import parse
from courses.lint.material import load
from courses.lint.run import findings

from .conftest import Given
from .test_rules import PO, translated


def test_html_counts_as_what_it_shows():
    read = parse('<h2>A <b>bold</b> one</h2>\n\n<a href="x.html">see <img src="i.png" alt="a"></a>')
    assert [(one.level, one.text) for one in read.headings] == [(2, "A bold one")]
    assert [(one.target, one.text) for one in read.links] == [("x.html", "see a")]
    assert [(one.source, one.alt) for one in read.images] == [("i.png", "a")]


@pytest.mark.parametrize(
    "text",
    [
        "```\n# not a heading [no](link)\n```",
        "$$\na\n=\nb\n$$",
        "\\begin{align}\na\n=\n[b](c)\n\\end{align}",
        "<!-- # no <a href='x'>link</a> -->",
        "\\# no, \\[no](link), `[no](link)`",
    ],
)
def test_code_mathematics_and_comments_hold_no_markdown(text):
    read = parse(text)
    assert (read.headings, read.links, read.images) == ((), (), ())


@pytest.mark.parametrize(
    "text",
    [
        "<https://a.org/b>",
        "https://a.org/b",
        "[c](https://a.org/b)",
        "[c][d]\n\n[d]: https://a.org/b",
    ],
)
def test_a_link_is_found_however_it_is_written(text):
    assert [one.target for one in parse(text).links] == ["https://a.org/b"]


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "java&#x73;cript:alert(1)", "<JavaScript:alert(1)>"]
)
def test_a_script_is_found_however_it_is_written(found, maker, link):
    assert "begins with javascript:" in found(maker.text(f"[run]({link})"))["link-scheme"]


@pytest.mark.parametrize("scheme", ["data:text/html,x", "file:///etc/passwd", "vbscript:x"])
def test_what_a_browser_should_not_open_is_no_link(found, maker, scheme):
    assert "link-scheme" in found(maker.text(f"![an image]({scheme})"))


@pytest.mark.parametrize("target", ["../other/x.csv", "/etc/passwd", "data", ".hidden", "no.csv"])
def test_a_link_leads_to_a_file_of_the_course_or_nowhere(found, maker, target):
    said = found(maker.text(f"[the file]({target})"), files={".hidden": "x"})
    assert "leads to no file of the course" in said["link-target"]


def test_a_link_to_a_heading_that_is_not_there_names_the_nearest(found, maker):
    said = found(maker.text("# Your first session\n\n[up](#your-first-session)"))
    assert "perhaps `#Your-first-session`" in said["link-target"]


def test_an_attachment_belongs_to_its_cell(found, maker):
    image = "![A plot.](attachment:plot.png)"
    with_it = maker.text(image, id="with-it")
    with_it.attachments = {"plot.png": {"image/png": ""}}

    said = found(with_it, maker.text(image, id="without"))

    assert "cell without: link-target: It has no attachment plot.png." in said["link-target"]


def test_a_name_of_a_file_is_no_text_alternative(found, maker):
    assert "alt-text" in found(maker.text("![plot.png](images/plot.png)"))


def test_links_out_of_the_course_are_listed_with_their_places(maker):
    cells = [
        maker.text("[b](https://b.org) [a](https://a.org) [here](x.csv)", id="first"),
        maker.text("![b](https://b.org)", id="second"),
    ]
    listed = external_links(load(Given(cells).write(maker)))

    assert list(listed) == ["https://a.org", "https://b.org"]
    assert [one.cell for one in listed["https://b.org"]] == ["first", "second"]


@pytest.mark.parametrize(
    ("before", "after", "rule", "said"),
    [
        ("# A", "A", "translation-structure", "heading levels should be 1, and"),
        ("![a](b.png)", "b", "translation-structure", "number of images should be 1"),
        ("![a](b.png)", "![a](c.png)", "translation-targets", "lost the target b.png, and has c"),
        ("{n:.2f} s", "{n} s", "translation-values", "lost the field {n:.2f}, and has {n}"),
        ("%d of %(all)s", "%d", "translation-values", "lost the field %(all)s"),
        ("a", "`a`", "translation-values", "has the code a more"),
    ],
)
def test_a_translation_keeps_what_is_no_word(found, before, after, rule, said):
    given = translated(before, after)
    line = found(files=given.files, top=given.top)[rule]
    assert line.startswith(f"locale/fr.po:4: {rule}")
    assert "one/text: " in line
    assert said in line


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("100% sure of 5 %", "sûr à 100 % de 5 %"),
        ("$\\\\text{speed}$", "$\\\\text{vitesse}$"),
        ("a set {1, 2}", "un ensemble {1, 2}"),
        ("not translated yet", ""),
    ],
)
def test_words_may_change_as_they_like(found, before, after):
    given = translated(before, after)
    assert not [one for one in found(files=given.files, top=given.top) if "values" in one]


def test_a_fuzzy_translation_is_not_used_and_not_judged(found):
    fuzzy = PO.format("`a`", "b").replace("msgctxt", "#, fuzzy\nmsgctxt")
    assert "translation-values" not in found(files={"locale/fr.po": fuzzy}, top='languages=["fr"]')


def test_a_title_that_is_in_each_language_is_not_reported(maker):
    given = translated("a", "b")
    end = (
        '[[lessons]]\nid = "two"\nnotebook = "two.ipynb"\nduration_minutes = 5\n'
        'title = { en = "Two", fr = "Deux" }\nsummary = { en = "Two." }\n'
    )
    folder = Given(files=given.files, top=given.top, end=end).write(maker)

    said = [str(one) for one in findings(folder) if one.rule == "translation-title"]
    assert not [one for one in said if "The title of lesson two" in one]
    assert [one for one in said if "The summary of lesson two is not in fr." in one]


def test_translations_that_cannot_be_read_are_named_with_the_reason(found):
    said = found(files={"locale/fr.po": "nonsense"}, top='languages = ["fr"]\n')
    line = said["translation-missing"]
    assert line.startswith("course.toml:1: translation-missing: locale/fr.po: It cannot be read")


MESSAGES = ('msgid "a"', 'msgstr "b"', 'msgstr[0] "c"', 'msgid_plural "d"', 'msgctxt "e"')
BROKEN = ("msgstr[x]", "#, fuzzy", "#~ msgid", '#| msgid "f"', '"', "", "msgstr", 'msgid "', "\\")
lines = some.sampled_from((*MESSAGES, *BROKEN))


@settings(
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(content=some.lists(lines | some.text(max_size=5), max_size=8).map("\n".join))
def test_no_po_file_makes_the_linter_fail(tmp_path, content):
    (tmp_path / "locale").mkdir(exist_ok=True)
    (tmp_path / "locale" / "fr.po").write_bytes(content.encode(errors="replace"))

    catalogue = read(tmp_path, "fr")

    assert not (catalogue.problem and catalogue.entries)
