"""A report as plain text and as HTML. Pure; the same report always gives the same text."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from courses.learn.checks import Report, State, Verdict

WORDS = {
    State.RIGHT: "Right",
    State.WRONG: "Wrong",
    State.NOT_ATTEMPTED: "Not attempted yet",
    State.BROKEN: "Not checked",
}
MARKS = {State.RIGHT: "✓", State.WRONG: "✗", State.NOT_ATTEMPTED: "○", State.BROKEN: "!"}
ADVICE = {
    State.RIGHT: "Well done: every check passed.",
    State.WRONG: "Change the cell above, run it, then run this check again.",
    State.NOT_ATTEMPTED: "Fill in the cell above, run it, then run this check again.",
    State.BROKEN: "A check could not do its work; what it says is below its name.",
}


def css_class(state: State) -> str:
    """Return the class that marks a panel in this state, such as `onboard-not-attempted`."""
    return f"onboard-{state.replace(' ', '-')}"


def plain(report: Report) -> str:
    """Return the report for a reader without a front end."""
    lines = [f"Exercise: {report.title}", f"{WORDS[report.state]}. {ADVICE[report.state]}"]
    for verdict in report.verdicts:
        text = f": {verdict.text}" if verdict.text else ""
        lines.append(f"  [{WORDS[verdict.state]}] {verdict.name}{text}")
    return "\n".join(lines)


def html(report: Report, style: str = "") -> str:
    """Return the report as one HTML element; words carry the state, colour only repeats it."""
    # A screen reader announces a status when it appears; the trainee need not look for it.
    panel = Element("div", {"class": "onboard-report", "role": "status"})
    if style:
        SubElement(panel, "style").text = style
    title = SubElement(panel, "p", {"class": "onboard-title"})
    title.text = f"Exercise: {report.title}"
    _state(SubElement(panel, "p"), report.state, f" {ADVICE[report.state]}")
    items = SubElement(panel, "ul")
    for verdict in report.verdicts:
        _item(items, verdict)
    return tostring(panel, encoding="unicode", method="html")


def _item(parent: Element, verdict: Verdict) -> None:
    item = SubElement(parent, "li")
    _state(item, verdict.state, f" {verdict.name}")
    if verdict.text:
        SubElement(item, "p", {"class": "onboard-text"}).text = verdict.text


def _state(parent: Element, state: State, tail: str) -> None:
    word = SubElement(parent, "span", {"class": f"onboard-state {css_class(state)}-word"})
    SubElement(word, "span", {"aria-hidden": "true"}).text = f"{MARKS[state]} "
    word[-1].tail = WORDS[state]
    word.tail = tail
