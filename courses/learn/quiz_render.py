"""A question and what its answer was worth, as plain text and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from courses.learn.question import Kind, Marked, Question
from courses.learn.render import add_state, as_text, word
from courses.learn.words import say


def how_to(question: Question) -> str:
    """Say how the question is answered."""
    return {
        Kind.SINGLE: say("Choose one."),
        Kind.MULTIPLE: say("Choose all that are right."),
        Kind.NUMERIC: say("Write one number."),
        Kind.ORDERING: say("Put them in order."),
    }[question.kind]


def plain(question: Question, given: Sequence[str], marked: Marked, unsaved: str = "") -> str:
    """Return question, answer and result for a reader without a front end."""
    lines = [say("Question: {text}", text=question.text), how_to(question)]
    lines += [f"  {name}: {text}" for name, text in question.choices.items()]
    if question.unit:
        lines.append(say("In {unit}.", unit=question.unit))
    if given:
        lines.append(say("Your answer: {answer}", answer=", ".join(given)))
    else:
        example = ", ".join(f'"{one}"' for one in list(question.choices)[:1]) or "…"
        lines.append(say("To answer: {call}", call=f'answer("{question.id}", {example})'))
    lines.append(f"{word(marked.state)}. {marked.text}".strip())
    lines += [unsaved] if unsaved else []
    lines += [f"  {choice}: {text}" for choice, text in marked.feedback]
    return "\n".join(lines)


def question_html(question: Question, style: str = "", *, with_choices: bool = False) -> str:
    """Return the question; with its choices where no widget shows them."""
    panel = Element("div", {"class": "onboard-report"})
    if style:
        SubElement(panel, "style").text = style
    title = SubElement(panel, "p", {"class": "onboard-title"})
    title.text = say("Question: {text}", text=question.text)
    SubElement(panel, "p").text = how_to(question)
    if with_choices and question.choices:
        items = SubElement(panel, "ul")
        for text in question.choices.values():
            SubElement(items, "li").text = text
    asleep = SubElement(panel, "p", {"class": "onboard-asleep"})
    asleep.text = say("Run this cell again to answer.")
    return as_text(panel)


def result_html(marked: Marked, unsaved: str = "") -> str:
    """Return what an answer was worth; a screen reader announces it when it changes."""
    panel = Element(
        "div", {"class": "onboard-report onboard-help", "role": "status", "aria-live": "polite"}
    )
    add_state(SubElement(panel, "p"), marked.state, f" {marked.text}")
    if unsaved:
        SubElement(panel, "p").text = unsaved
    if marked.feedback:
        items = SubElement(panel, "ul")
        for choice, text in marked.feedback:
            item = SubElement(items, "li")
            SubElement(item, "strong").text = choice
            item[-1].tail = f" {text}"
    return as_text(panel)
