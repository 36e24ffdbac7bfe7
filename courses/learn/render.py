"""A report as plain text and as HTML. The same report always gives the same text."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from courses.learn.checks import Report, State, Verdict
from courses.learn.helping import Help
from courses.learn.words import say

MARKS = {State.RIGHT: "✓", State.WRONG: "✗", State.NOT_ATTEMPTED: "○", State.BROKEN: "!"}


def word(state: State) -> str:
    """Return a state in words."""
    return {
        State.RIGHT: say("Right"),
        State.WRONG: say("Wrong"),
        State.NOT_ATTEMPTED: say("Not attempted yet"),
        State.BROKEN: say("Not checked"),
    }[state]


def advice(state: State) -> str:
    """Return what to do next."""
    return {
        State.RIGHT: say("Well done: every check passed."),
        State.WRONG: say("Change the cell above, run it, then run this check again."),
        State.NOT_ATTEMPTED: say("Fill in the cell above, run it, then run this check again."),
        State.BROKEN: say("A check could not do its work; what it says is below its name."),
    }[state]


def css_class(state: State) -> str:
    """Return the class that marks a panel in this state, such as `onboard-not-attempted`."""
    return f"onboard-{state.replace(' ', '-')}"


def plain(report: Report, help_: Help = Help(), unsaved: str = "") -> str:  # noqa: B008  frozen
    """Return the report for a reader without a front end."""
    lines = [
        say("Exercise: {title}", title=report.title),
        f"{word(report.state)}. {advice(report.state)}",
    ]
    lines += [unsaved] if unsaved else []
    for verdict in report.verdicts:
        text = f": {verdict.text}" if verdict.text else ""
        lines.append(f"  [{word(verdict.state)}] {verdict.name}{text}")
    lines += [f"  {line}" for line in [*_helped(help_), *_asked_by(help_, report.exercise_id)]]
    if help_.solution:
        lines += [f"  {say('Solution:')}", *(f"    {one}" for one in help_.solution.splitlines())]
    return "\n".join(lines)


def html(report: Report, style: str = "", unsaved: str = "") -> str:
    """Return the report as one HTML element; words carry the state, colour only repeats it."""
    # A screen reader announces a status when it appears; the trainee need not look for it.
    panel = Element("div", {"class": "onboard-report", "role": "status"})
    if style:
        SubElement(panel, "style").text = style
    title = SubElement(panel, "p", {"class": "onboard-title"})
    title.text = say("Exercise: {title}", title=report.title)
    add_state(SubElement(panel, "p"), report.state, f" {advice(report.state)}")
    if unsaved:
        SubElement(panel, "p").text = unsaved
    items = SubElement(panel, "ul")
    for verdict in report.verdicts:
        _item(items, verdict)
    return as_text(panel)


def help_html(help_: Help, exercise_id: str = "") -> str:
    """Return the help as one HTML element; with an id also how to ask for more without buttons."""
    asked_by = _asked_by(help_, exercise_id) if exercise_id else []
    if not any((asked_by, help_.hints, help_.solution, help_.solved_on)):
        return ""
    panel = Element("div", {"class": "onboard-report onboard-help", "role": "status"})
    for line in [*_helped(help_), *asked_by]:
        SubElement(panel, "p").text = line
    if help_.solution:
        SubElement(panel, "p", {"class": "onboard-title"}).text = say("Solution:")
        # It may be wider than a narrow page: then it scrolls, by keyboard too.
        box = SubElement(panel, "pre", {"tabindex": "0", "role": "region"})
        box.set("aria-label", say("Solution:").rstrip(" :\u00a0\u202f"))
        box.text = help_.solution
    return as_text(panel)


def add_state(parent: Element, state: State, tail: str) -> None:
    """Add a state's word, and the text after it."""
    span = SubElement(parent, "span", {"class": f"onboard-state {css_class(state)}-word"})
    mark = SubElement(span, "span", {"aria-hidden": "true"})
    mark.text = f"{MARKS[state]} "
    mark.tail = word(state)
    span.tail = tail


def as_text(element: Element) -> str:
    """Return an element as HTML."""
    return tostring(element, encoding="unicode", method="html")


def _item(parent: Element, verdict: Verdict) -> None:
    item = SubElement(parent, "li")
    add_state(item, verdict.state, f" {verdict.name}")
    if verdict.text:
        SubElement(item, "p", {"class": "onboard-text"}).text = verdict.text


def _helped(help_: Help) -> list[str]:
    solved = say("You solved this on {date}.", date=help_.solved_on) if help_.solved_on else ""
    hints = [
        say("Hint {number}: {text}", number=number, text=text)
        for number, text in enumerate(help_.hints, start=1)
    ]
    return [solved, *hints] if solved else hints


def _asked_by(help_: Help, exercise_id: str) -> list[str]:
    lines = []
    if help_.hints_left:
        call = f'show_hint("{exercise_id}")'
        lines.append(
            say("Hints left: {count}. {call} shows one.", count=help_.hints_left, call=call)
        )
    if help_.offers_solution:
        lines.append(say("{call} shows the solution.", call=f'show_solution("{exercise_id}")'))
    return lines
