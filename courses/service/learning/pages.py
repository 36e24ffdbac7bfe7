"""Learning over HTTP: a trainee's own results, and an instructor's class. No logic of its own."""

from __future__ import annotations

import asyncio
import json
import time
from functools import partial
from typing import Any

from tornado.web import HTTPError, authenticated

from courses.catalogue import PublishedCourse
from courses.service.classes import store
from courses.service.classes.model import Class as PlannedClass
from courses.service.classes.model import Seat
from courses.service.classroom import view as classroom
from courses.service.classroom.people import Sort
from courses.service.events import export as events_export
from courses.service.hub import HubRefused
from courses.service.learning import exercises as lesson_exercises
from courses.service.learning import progress
from courses.service.learning.going_on import Taught
from courses.service.look import ForScripts, Page
from courses.service.store import reading
from spawners.words import later

PATIENCE_S = 5.0
"""How long a class's page waits for news of learning: sessions and the time have news meanwhile."""


class MyLearning(Page):
    """What a trainee did, and what may become of it."""

    @authenticated
    async def get(self) -> None:
        """Show it."""
        own = await self.pages.learning.read(partial(reading.own, name=self.trainee))
        courses = await asyncio.to_thread(progress.of_all, own, self.find, self.words, time.time())
        # Not of what came since, where the address is kept.
        is_erased = self.get_query_argument("erased", "") == "yes" and not courses
        keep_days = self.pages.learning.keep_days
        taught = [(one, self.title(one)) for one in self.pages.learning.classes_of(self.trainee)]
        self.show(
            "learning.html",
            courses=courses,
            keep_days=keep_days,
            taught=taught,
            is_erased=is_erased,
        )

    def find(self, course_id: str) -> Taught | None:
        """Find a published course, in the trainee's language, and what there is to solve."""
        try:
            return self.to_learn(self.course(course_id))
        except HTTPError:
            return None

    def title(self, course_id: str) -> str:
        """Return a course's title, or its id where it is not published any more."""
        course = self.pages.catalogue.course(course_id)
        return course.manifest.title.in_(self.words.language) if course else course_id


class ExportMine(Page):
    """The button that gives a trainee all that is stored of them."""

    @authenticated
    async def post(self) -> None:
        """Answer with a JSON file."""
        content = await self.pages.learning.read(partial(_own_data, name=self.trainee))
        self.download("my-learning.json", "application/json", content)


class EraseMine(Page):
    """The button that erases all that is stored of a trainee."""

    @authenticated
    async def post(self) -> None:
        """Erase it, and say that it is done."""
        if self.get_body_argument("sure", "") != "yes":
            raise HubRefused(
                later("Nothing was erased."),
                hint=later("Go back, and tick that you are sure."),
            )
        await self.pages.learning.erase(self.trainee)
        self.go("learning?erased=yes")


class Class(Page):
    """The class of a course, for its instructors."""

    @authenticated
    async def get(self, course_id: str) -> None:
        """Show it."""
        page, _ = await self.shown("class.html", course_id)
        self.finish(page)

    def taught(self, course_id: str) -> PublishedCourse:
        """Find a course whose class the user may see. Says the same of one that there is not."""
        if not self.pages.learning.instructs(self.trainee, course_id):
            raise HubRefused(
                later("You are not an instructor of this course."),
                hint=later("The site's operators say who is."),
                status=403,
            )
        return self.course(course_id)

    async def shown(self, template: str, course_id: str) -> tuple[str, str]:
        """Return the class in a template, and which version of it that is."""
        published, by = self.taught(course_id), self.sort()
        course, language = published.manifest, self.words.language
        (found, version), sessions = await asyncio.gather(
            self.pages.learning.of_class(course.id), self.pages.sessions.look()
        )

        def fill() -> str:
            titles = lesson_exercises.titles(published, language)
            shown = partial(classroom.view, found, course, self.words, time.time())
            view = shown(titles=titles, sessions=sessions, by=by)
            return self.filled(template, view=view, course=course, version=version)

        # In another thread, for it may be large.
        return await asyncio.to_thread(fill), version

    def sort(self) -> Sort:
        """Return what the people are to be sorted by."""
        wanted = self.get_query_argument("sort", "")
        return Sort(wanted) if wanted in set(Sort) else Sort.NAME


class ClassNow(ForScripts, Class):
    """The same, for the page that is open already and has `seen` a version of it."""

    @authenticated
    async def get(self, course_id: str) -> None:
        """Answer as JSON, as soon as there is something new, or after a while."""
        self.taught(course_id)
        seen = self.get_query_argument("seen", "")
        await self.pages.learning.until_news(course_id, seen, PATIENCE_S)
        page, version = await self.shown("class_now.html", course_id)
        self.finish({"page": page, "version": version})


class ClassCsv(Class):
    """The class as a table for a spreadsheet."""

    @authenticated
    async def get(self, course_id: str) -> None:
        """Answer with a CSV file."""
        course = self.taught(course_id).manifest
        found, _ = await self.pages.learning.of_class(course.id)
        content = await asyncio.to_thread(classroom.as_csv, found, course)
        # With a mark at its beginning: without, Excel takes é for two letters.
        self.download(f"{course.id}.csv", "text/csv; charset=utf-8", f"\ufeff{content}")


class ClassXapi(Class):
    """The class's events as xAPI statements, under pseudonyms."""

    @authenticated
    async def get(self, course_id: str) -> None:
        """Answer with a JSON list, a page of the store at a time."""
        course = self.taught(course_id).manifest
        home = f"{self.request.protocol}://{self.request.host}{self.pages.prefix}"
        self.as_download(f"{course.id}-xapi.json", "application/json")
        pages = reading.events(self.pages.learning.store.engine, course=course.id)
        before = "["
        while page := await self.pages.learning.read(lambda _: next(pages, None)):
            said = (json.dumps(events_export.statement(one, home)) for one in page)
            self.write(before + ",\n".join(said))
            await self.flush()
            before = ",\n"
        self.finish("[]" if before == "[" else "]")


def _own_data(engine: Any, name: str) -> bytes:  # noqa: ANN401  SQLAlchemy's engine
    own = reading.own(engine, name)
    events = (one for page in reading.events(engine, name=name) for one in page)
    found = events_export.own_data(name, own, events, int(time.time() * 1000))
    found["classes"] = [_place(*one) for one in store.seats_of(engine, name)]
    # Half a character, as an answer may hold one: JSON writes it the same way.
    return json.dumps(found, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _place(one: PlannedClass, seat: Seat) -> dict[str, Any]:
    known = {"id", "course", "group", "starts_at", "ends_at"}
    where = seat.model_dump(mode="json", exclude={"user"})
    return {**one.model_dump(mode="json", include=known), **where}
