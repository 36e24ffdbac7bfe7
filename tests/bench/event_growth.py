"""GROWTH: what an event and a page cost as the table grows. Filled through the store itself."""

from __future__ import annotations

import itertools
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.event_trainees import LESSONS, event

from courses.authoring.manifest import Course
from courses.service.classroom import view as classroom
from courses.service.events.model import Event
from courses.service.pages import filled, templates
from courses.service.store import reading
from courses.service.store.store import Posted, Store
from spawners.words import Words

STEPS = (100_000, 250_000, 500_000, 1_000_000, 2_000_000, 5_000_000)
CLASS = 300
_EACH = 1000
"""How many events one trainee of the past left behind."""
_TOGETHER = 100
_TIMES = 60
_TEMPLATES = templates()
_WORDS = {"title": "A lesson", "summary": "What it is about.", "duration_minutes": 15}
COURSE = Course.model_validate(
    {
        "id": "bench",
        "version": "1.0.0",
        "title": "A course",
        "summary": "A course that is measured.",
        "authors": ["A benchmark"],
        "licence": "CC0-1.0",
        "lessons": [
            {"id": f"lesson-{n:02}", "notebook": f"{n}.ipynb", **_WORDS} for n in range(LESSONS)
        ],
    }
)


@dataclass(frozen=True)
class Step:
    """What was measured with so many events in the table. Medians, in milliseconds."""

    database: str
    events: int
    alone_ms: float
    """One event in a transaction of its own."""
    each_ms: float
    """One of a hundred that share a transaction."""
    own_ms: float
    """A trainee's summaries."""
    class_ms: float
    """The summaries of a class of 300 in 30 lessons."""
    page_ms: float
    """The same, put into its page."""


def measure(
    name: str, database: str, steps: Sequence[int], say: Callable[[str], None]
) -> list[Step]:
    """Fill the store step by step, and measure at each."""
    store = Store(database, key=b"a benchmark's secret")
    rng = random.Random(1)
    past = itertools.count()
    found = []
    try:
        held = _take_up(store, rng)
        for wanted in steps:
            while held < wanted:
                held += _append(store, _trainee_of_the_past(rng, next(past)))
            found.append(_measure(store, name, held, rng))
            held += _TIMES * (1 + _TOGETHER)
            say(f"{name}, {wanted} events: {found[-1].each_ms:.3f} ms each")
    finally:
        store.close()
    return found


def _take_up(store: Store, rng: random.Random) -> int:
    """Let the class that is measured do something of everything."""
    return sum(
        _append(store, [Posted(f"trainee{number:03}", tuple(_events(rng, 2 * 150, "bench")))])
        for number in range(CLASS)
    )


def _trainee_of_the_past(rng: random.Random, number: int) -> list[Posted]:
    course = f"past-{number // CLASS}"
    return [Posted(f"past{number:05}", tuple(_events(rng, _EACH, course)))]


def _events(rng: random.Random, number: int, course: str) -> list[Event]:
    return [Event.model_validate(event(rng, seq, course)) for seq in range(number)]


def _append(store: Store, posted: list[Posted]) -> int:
    done = store.append(posted, int(time.time() * 1000))
    return sum(one.accepted for one in done)


def _measure(store: Store, name: str, held: int, rng: random.Random) -> Step:
    def someone(number: int) -> Posted:
        return Posted(f"trainee{rng.randrange(CLASS):03}", tuple(_events(rng, number, "bench")))

    alone = [[someone(1)] for _ in range(_TIMES)]
    groups = [[someone(1) for _ in range(_TOGETHER)] for _ in range(_TIMES)]
    return Step(
        database=name,
        events=held,
        alone_ms=_median_ms(lambda one: _append(store, one), alone),
        each_ms=_median_ms(lambda one: _append(store, one), groups) / _TOGETHER,
        own_ms=_median_ms(lambda one: reading.own(store.engine, one[0].user), alone),
        class_ms=_median_ms(lambda _: reading.of_class(store.engine, "bench"), alone[:7]),
        page_ms=_median_ms(lambda _: _page(store), alone[:7]),
    )


def _page(store: Store) -> str:
    view = classroom.view(reading.of_class(store.engine, "bench"), COURSE, Words(), time.time())
    return filled(_TEMPLATES, "class_now.html", Words(), ("en",), view=view, course=COURSE)


def _median_ms(deed: Callable[[list[Posted]], object], each: Sequence[list[Posted]]) -> float:
    took = []
    for one in each:
        began = time.perf_counter()
        deed(one)
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def draw(steps: Sequence[Step], picture: Path) -> None:
    """Draw the curves."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "events", "svg.fonttype": "none", "font.size": 9}
    from matplotlib import pyplot as plt

    fig, places = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    for name in dict.fromkeys(one.database for one in steps):
        own = [one for one in steps if one.database == name]
        millions = [one.events / 1e6 for one in own]
        places[0].plot(millions, [one.each_ms for one in own], marker="o", label=name)
        places[1].plot(millions, [one.class_ms for one in own], marker="o", label=name)
    for place, title in zip(places, ("an event, ms", "a class of 300, ms"), strict=True):
        place.set(title=title, xlabel="million events in the table")
        place.set_ylim(bottom=0)
        place.legend()
    fig.savefig(picture, metadata={"Date": None})
    plt.close(fig)
