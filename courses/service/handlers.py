"""The course pages over HTTP: what each button and address does. No logic of its own."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any

from tornado.web import authenticated

from courses import sizes
from courses.authoring.manifest import Lesson
from courses.catalogue import PublishedCourse
from courses.service import offers, relay, views
from courses.service import session as sessions
from courses.service.events.writer import StoreAway
from courses.service.hub import HubError, HubRefused, HubUnavailable
from courses.service.learning import progress
from courses.service.learning.progress import CourseProgress
from courses.service.look import Page
from courses.service.session import State
from courses.service.store import reading
from spawners.machine import SessionSize
from spawners.words import later

PATIENCE_S = 2.0
"""How long a click waits for the hub's answer before the page goes on without it."""
ENDING_S = 20.0
"""How long a new session waits for the old one's end."""

_unanswered: set[asyncio.Future[Any]] = set()  # a task that nobody holds may be dropped


class LearnersPage(Page):
    """A page that knows how far the trainee is."""

    async def progress(self, own: reading.Own, published: PublishedCourse) -> CourseProgress:
        """Say how far the trainee is in a course."""

        def said() -> CourseProgress:
            return progress.of_course(own, self.to_learn(published), self.words, time.time())

        # In another thread: somebody may have made up thousands of lessons.
        return await asyncio.to_thread(said)

    async def learned(self, course_id: str | None = None) -> reading.Own:
        """Return what the trainee did, in a course or in all; nothing where the store is away."""
        try:
            question = partial(reading.own, name=self.trainee, course=course_id)
            return await self.pages.learning.read(question)
        except StoreAway:
            return reading.Own()


class CoursesPage(LearnersPage):
    """All courses, as cards."""

    @authenticated
    async def get(self) -> None:
        """Show them."""
        session, own = await asyncio.gather(self.session(), self.learned())
        published = self.pages.catalogue.courses()
        begun = {one.course for one in own.lessons}
        mine = {
            one.manifest.id: await self.progress(own, views.in_words(one, self.words))
            for one in published
            if one.manifest.id in begun
        }
        courses = views.courses(published, self.pages.machine, self.words)
        self.show_with_strip("courses.html", session, courses=courses, mine=mine)


class CoursePage(LearnersPage):
    """One course and its lessons."""

    @authenticated
    async def get(self, course_id: str) -> None:
        """Show it."""
        published, machine = self.course(course_id), self.pages.machine
        session, offered, own = await asyncio.gather(
            self.session(), offers.fetch(self.pages.hub, self.token), self.learned(course_id)
        )
        starts = offers.starts(published, machine, session, offered, time.time(), self.words)
        mine = await self.progress(own, published)
        self.show_with_strip(
            "course.html",
            session,
            course=views.course(published, machine, self.words),
            starts=starts,
            mine=mine,
            lessons={lesson.id: lesson for lesson in mine.lessons},
            teaches=self.pages.learning.instructs(self.trainee, course_id),
        )


class Start(Page):
    """The button of a lesson."""

    @authenticated
    async def get(self, course_id: str, _lesson_id: str) -> None:
        """Go to the course: a visit starts nothing."""
        self.course(course_id)
        self.go("courses", course_id)

    @authenticated
    async def post(self, course_id: str, lesson_id: str) -> None:
        """Start a session for the lesson, or take the one that is there."""
        course, lesson = self.lesson(course_id, lesson_id)
        session = await self.session()
        if session.state in (State.WAITING, State.STARTING, State.READY):
            lacks = views.lacks(session, lesson.needs, self.words)
            if lacks:
                self.set_status(409)
                self.show(
                    "conflict.html", course=course, lesson=lesson, session=session, lacks=lacks
                )
                return
            if session.state is State.READY:
                # A whole class may press at once: no second look at what was just seen.
                await self.enter(session, f"onboard/open/{course_id}/{lesson_id}")
                return
        else:
            await self.begin(course, lesson)
        self.go("wait", course_id, lesson_id)

    async def begin(self, course: PublishedCourse, lesson: Lesson) -> None:
        """Ask the hub for a session that the lesson fits in."""
        wanted = self.get_body_argument("size", "")
        seat = self.pages.classes.seat(self.trainee, course.manifest.id)
        size = self.size_in_class(lesson, seat[0].size) if seat else None
        size = size or offers.size_for(lesson.needs, self.pages.machine, wanted)
        if size is None:
            obstacle = views.lesson(lesson, self.pages.machine, self.words).obstacle
            raise HubRefused(obstacle, status=409)
        options = {"size": size.name, "course": course.manifest.id, "lesson": lesson.id}
        if seat is not None:
            options["seat"] = seat[1]
            await self.pages.classes.came(self.trainee)
        asked_at = time.time()
        try:
            await patiently(self.pages.hub.start(self.trainee, self.token, options))
        except HubError:
            # What the hub remembers of it says more, in the trainee's language.
            if not sessions.failed_since(await self.session(), asked_at):
                raise

    def size_in_class(self, lesson: Lesson, name: str) -> SessionSize | None:
        """Return the size that a class has, if the lesson fits in it."""
        size = self.pages.machine.size(name)
        return size if size is not None and not sizes.missing(size, lesson.needs) else None


class Restart(Start):
    """The button that ends a session which lacks something, and starts another."""

    @authenticated
    async def post(self, course_id: str, lesson_id: str) -> None:
        """End the session, and start a new one for the lesson."""
        course, lesson = self.lesson(course_id, lesson_id)
        await self.pages.hub.stop(self.trainee, self.token)
        await self._ended()
        await self.begin(course, lesson)
        self.go("wait", course_id, lesson_id)

    async def _ended(self) -> None:
        deadline = time.monotonic() + ENDING_S
        while not (await self.session()).state.over:
            if time.monotonic() > deadline:
                raise HubUnavailable(
                    later("Your session is still ending."),
                    hint=later("Start the lesson again in a minute."),
                )
            await asyncio.sleep(0.5)  # the hub has no event for an end


class Stop(Page):
    """The button that ends a session."""

    @authenticated
    async def post(self) -> None:
        """End the trainee's session, and go back to the courses."""
        await patiently(self.pages.hub.stop(self.trainee, self.token))
        self.go()


class Wait(Page):
    """The way to a lesson, while its session is on the way, or why it did not come."""

    @authenticated
    async def get(self, course_id: str, lesson_id: str) -> None:
        """Open the lesson if the session is ready; otherwise say where it stands."""
        course, lesson = self.lesson(course_id, lesson_id)
        await self.lead_to(f"onboard/open/{course_id}/{lesson_id}", course, lesson)

    async def lead_to(
        self, target: str, course: PublishedCourse | None = None, lesson: Lesson | None = None
    ) -> None:
        """Go to `target` in the session, or say where the session stands."""
        session = await self.session()
        if session.state is State.READY:
            await self.enter(session, target)
            return
        step = await relay.step(self.pages.hub, session, self.trainee, self.token, self.words)
        template = "over.html" if step.state.over else "wait.html"
        self.show(template, course=course, lesson=lesson, session=session, step=step)


class WaitForSession(Wait):
    """The same for a session that was started without a lesson."""

    @authenticated
    async def get(self) -> None:
        """Open JupyterLab if the session is ready; otherwise say where it stands."""
        await self.lead_to("lab")


async def patiently(call: Any) -> None:  # noqa: ANN401  any coroutine
    """Await the hub's answer for a moment, then let it come when it comes.

    The hub answers a start only after `slow_spawn_timeout`; what becomes of it shows on the page
    anyway. Raises what the hub said, if it says so within the moment.
    """
    answer = asyncio.ensure_future(call)
    done, _ = await asyncio.wait({answer}, timeout=PATIENCE_S)
    if done:
        answer.result()
        return
    _unanswered.add(answer)
    answer.add_done_callback(_heard)


def _heard(answer: asyncio.Future[Any]) -> None:
    _unanswered.discard(answer)
    if not answer.cancelled():
        answer.exception()  # the hub keeps it with the start: the waiting page reads it there
