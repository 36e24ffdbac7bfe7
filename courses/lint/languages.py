"""Translations: every language of a course has them, and none loses a link or a value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from courses.authoring.manifest import MANIFEST
from courses.authoring.text import Summary, Title
from courses.lint.catalogues import Entry
from courses.lint.markdown import Markdown
from courses.lint.material import Material
from courses.lint.rule import Problem, Rule, error, warning

_PERCENT = re.compile(r"%(?:\(\w+\))?[-#0+]*\d*(?:\.\d+)?[sdifgeExXr](?!\w)")
_BRACES = re.compile(r"(?<![\w\\])\{[A-Za-z_]\w*(?:[.\[][^{}]*)?(?:![rsa])?(?::[^{}]*)?\}")
"""A place to fill in, `{name:.2f}`; what follows a command of LaTeX is none."""


def _missing(material: Material) -> Iterator[Problem]:
    for catalogue in material.catalogues:
        if catalogue.problem:
            yield Problem(
                material.in_manifest(catalogue.language),
                f"{catalogue.path}: {catalogue.problem}",
                f"Add it, or take {catalogue.language} out of `languages`.",
            )


def _titles(material: Material) -> Iterator[Problem]:
    for what, text in _named(material):
        missing = [
            one.language for one in material.catalogues if one.language not in text.languages
        ]
        if missing:
            yield Problem(
                material.in_manifest(str(text)),
                f"{what} is not in {', '.join(missing)}.",
                f'Write {{ {material.course.language} = "…", {missing[0]} = "…" }} in {MANIFEST}.',
            )


def _named(material: Material) -> Iterator[tuple[str, Title | Summary]]:
    yield "The course's title", material.course.title
    yield "The course's summary", material.course.summary
    for lesson in material.course.lessons:
        yield f"The title of lesson {lesson.id}", lesson.title
        yield f"The summary of lesson {lesson.id}", lesson.summary


def _entries(material: Material) -> Iterator[Entry]:
    for catalogue in material.catalogues:
        yield from catalogue.entries


def _structure(material: Material) -> Iterator[Problem]:
    for entry in _entries(material):
        before, after = entry.before, entry.after
        for what, one, other in (
            ("heading levels", _levels(before), _levels(after)),
            ("number of links", [len(before.links)], [len(after.links)]),
            ("number of images", [len(before.images)], [len(after.images)]),
        ):
            if one != other:
                yield entry.problem(
                    f"the {what} should be {_listed(one)}, and in the translation "
                    f"{'they are' if what.endswith('levels') else 'it is'} {_listed(other)}.",
                    "Translate the words, and leave the Markdown around them.",
                )


def _levels(markdown: Markdown) -> list[int]:
    return [heading.level for heading in markdown.headings]


def _listed(values: Sequence[object]) -> str:
    return ", ".join(str(value) for value in values) or "none"


def _targets(material: Material) -> Iterator[Problem]:
    for entry in _entries(material):
        yield from _lost(entry, "the target", _places(entry.before), _places(entry.after))


def _places(markdown: Markdown) -> list[str]:
    links = [link.target for link in markdown.links]
    return links + [image.source for image in markdown.images]


def _values(material: Material) -> Iterator[Problem]:
    for entry in _entries(material):
        yield from _lost(entry, "the code", entry.before.code_spans, entry.after.code_spans)
        yield from _lost(entry, "the field", _fields(entry.text), _fields(entry.translation))


def _fields(text: str) -> list[str]:
    return _PERCENT.findall(text) + _BRACES.findall(text)


def _lost(
    entry: Entry, what: str, before: Sequence[str], after: Sequence[str]
) -> Iterator[Problem]:
    lost, added = Counter(before) - Counter(after), Counter(after) - Counter(before)
    for one in lost:
        instead = f", and has {next(iter(added))}" if added else ""
        yield entry.problem(
            f"the translation lost {what} {one}{instead}.",
            "Copy it as it is: it is no word.",
        )
    if added and not lost:
        yield entry.problem(
            f"the translation has {what} {next(iter(added))} more.",
            "Delete it there, or write it in the source too.",
        )


RULES: tuple[Rule, ...] = (
    error("translation-missing", _missing),
    warning("translation-title", _titles),
    error("translation-structure", _structure),
    warning("translation-targets", _targets),
    error("translation-values", _values),
)
