"""A lesson as a trainee will see it: one HTML file that fetches nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import bleach
import nbformat
from nbconvert.exporters import HTMLExporter

from courses.authoring import shown
from courses.authoring.asking import is_asking_cell
from courses.authoring.language import notebook_in
from courses.authoring.manifest import Course, Lesson, load
from spawners.errors import InvalidInput

TEMPLATE = "preview_files"
# nbconvert's own list leaves out headings, paragraphs and pictures, of which a lesson is made.
_TAGS = frozenset(
    (
        *bleach.ALLOWED_TAGS,
        *("br", "caption", "dd", "del", "details", "div", "dl", "dt", "figcaption", "figure"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "kbd", "p", "pre", "s", "span", "sub"),
        *("summary", "sup", "table", "tbody", "td", "th", "thead", "tr"),
    )
)
_ATTRIBUTES = {
    **bleach.ALLOWED_ATTRIBUTES,
    "*": ["class", "id", "lang"],
    "img": ["alt", "src", "title", "width", "height"],
}
_PROTOCOLS = frozenset((*bleach.ALLOWED_PROTOCOLS, "data"))


def pages(
    built: Path, language: str | None = None, lesson_id: str | None = None
) -> Iterator[tuple[Lesson, str]]:
    """Yield each lesson of a built course, or the one of that id, with its page as HTML.

    Raises InvalidInput for a lesson or a language that the course does not have.
    """
    course = load(built)
    spoken = language or course.language
    if spoken not in (course.language, *course.languages):
        raise InvalidInput(
            f"{course.id}: the course is not in {spoken!a}.",
            hint=f"It is in: {', '.join((course.language, *course.languages))}.",
        )
    lessons = [one for one in course.lessons if lesson_id in (None, one.id)]
    if not lessons:
        raise InvalidInput(
            f"{course.id}: there is no lesson {lesson_id!a}.",
            hint=f"Its lessons are: {', '.join(one.id for one in course.lessons)}.",
        )
    for lesson in lessons:
        yield lesson, _page(built, course, lesson, spoken)


def _page(built: Path, course: Course, lesson: Lesson, language: str) -> str:
    path = built / notebook_in(lesson.notebook, language, course.language)
    if not path.is_file():
        raise InvalidInput(
            f"{lesson.notebook}: there is no notebook in {language}.",
            hint=f"Translate it, or take {language} out of `languages` in course.toml.",
        )
    return as_html(
        nbformat.read(path, as_version=4),
        folder=path.parent,
        language=language,
        title=lesson.title.in_(language),
        course=course.title.in_(language),
        minutes=lesson.duration_minutes,
    )


def as_html(
    notebook: nbformat.NotebookNode, *, folder: Path, language: str, **facts: object
) -> str:
    """Return a notebook as one HTML page, with the pictures in `folder` that it shows."""
    with as_file(files("courses.authoring") / TEMPLATE) as template:
        exporter = HTMLExporter(
            template_name=template.name,
            extra_template_basedirs=[str(template.parent)],
            template_file="index.html.j2",
            sanitize_html=True,
            embed_images=True,
            exclude_anchor_links=True,
            filters={"clean_html": _clean},
        )
        resources = {
            "metadata": {"path": str(folder)},
            "preview": {
                "language": language,
                "asking": [cell.id for cell in notebook.cells if is_asking_cell(cell)],
                "quizzes": shown.quizzes(notebook),
                "exercises": shown.exercises(notebook),
                **facts,
            },
        }
        page, _ = exporter.from_notebook_node(notebook, resources)
    return str(page)


def _clean(html: object) -> str:
    return str(bleach.clean(str(html), tags=_TAGS, attributes=_ATTRIBUTES, protocols=_PROTOCOLS))
