"""What a session has, as a widget: its facts, the time that is left, and how busy its GPUs are."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement

import ipywidgets

from courses.learn.gpus import Gpu
from courses.learn.refreshing import refresh
from courses.learn.remaining import Remaining, read_remaining
from courses.learn.render import as_text
from courses.learn.widgets import style
from courses.learn.words import say


def session_widget(
    facts: str, ends_at: datetime | None, gpus: tuple[Gpu, ...]
) -> ipywidgets.Widget:
    """Return a session's facts with gauges that keep up with what its server last saw.

    `ends_at` and `gpus` are what is shown for as long as the server has seen nothing else.
    """
    text, gauges = ipywidgets.HTML(value=_facts_html(facts)), ipywidgets.HTML()

    def show_gauges() -> None:
        remaining = read_remaining(os.environ, ends_at)
        gauges.value = time_html(remaining, datetime.now(UTC)) + gpus_html(remaining.gpus or gpus)

    refresh(show_gauges)
    return ipywidgets.VBox([text, gauges]).add_class("onboard-exercise")


def time_html(remaining: Remaining, now: datetime) -> str:
    """Return the time left and until when that is, with the last note to the class, if any."""
    sentence = remaining.sentence(now)
    if not sentence and not remaining.note:
        return ""
    panel = Element("div", {"class": "onboard-report"})
    if remaining.note:
        said = SubElement(panel, "p", {"role": "status"})
        SubElement(said, "strong").text = say("To your class: {text}", text=remaining.note)
    until = f"{remaining.ends_at.astimezone():%H:%M}" if remaining.ends_at else ""
    end = f" {say('The session ends at {time}.', time=until)}" if until else ""
    SubElement(panel, "p").text = f"{sentence}{end}"
    return as_text(panel)


def gpus_html(gpus: tuple[Gpu, ...]) -> str:
    """Return two gauges for each GPU; the words beside them say the same."""
    panel = Element("div", {"class": "onboard-report"})
    for gpu in gpus:
        SubElement(panel, "p").text = str(gpu)
        row = SubElement(panel, "p", {"class": "onboard-gauges"})
        if gpu.busy_percent is not None:
            _gauge(row, say("GPU {index}, busy", index=gpu.index), gpu.busy_percent, 100)
        if gpu.memory_used_mib is not None:
            used = say("GPU {index}, memory in use", index=gpu.index)
            _gauge(row, used, gpu.memory_used_mib, gpu.memory_mib)
    return as_text(panel) if gpus else ""


def _gauge(parent: Element, name: str, value: int, most: int) -> None:
    label = SubElement(parent, "label")
    label.text = f"{name} "
    SubElement(label, "meter", {"min": "0", "max": str(most), "value": str(value)})


def _facts_html(facts: str) -> str:
    panel = Element("div", {"class": "onboard-report"})
    SubElement(panel, "style").text = style("panel.css")
    SubElement(panel, "pre", {"class": "onboard-facts", "tabindex": "0"}).text = facts
    return as_text(panel)
