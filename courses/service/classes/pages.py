"""Classes over HTTP: plan one, see where its seats stand, start it, end it, tell all something."""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import Any

from tornado.web import HTTPError, authenticated

from courses.catalogue import PublishedCourse
from courses.service.classes import form, roster, store, view
from courses.service.classes.model import LONGEST_GROUP, LONGEST_NOTE, Class
from courses.service.classes.problems import NotRight
from courses.service.learning.pages import Class as ClassPage
from courses.service.look import ForScripts
from spawners.language import ZONE_COOKIE, site_zone
from spawners.seats import CLASS_ID
from spawners.words import later

log = logging.getLogger(__name__)

_FIELDS = ("group", "starts", "ends", "zone", "size", "reservation", "empty_minutes")


class Classes(ClassPage):
    """The classes of a course, and the form for a new one."""

    @authenticated
    async def get(self, course_id: str) -> None:
        """Show them."""
        written = dict.fromkeys(_FIELDS, "")
        written["zone"] = self.get_cookie(ZONE_COOKIE, "") or ""
        written["empty_minutes"] = str(form.EMPTY_MINUTES)
        await self.listed(self.taught(course_id), written)

    @authenticated
    async def post(self, course_id: str) -> None:
        """Plan one; or show the form again, and what is wrong with it."""
        course = self.taught(course_id)
        written = {name: self.get_body_argument(name, "") for name in _FIELDS}
        try:
            one, users = self.planned(course, form.Wanted(**written))
        except NotRight as problem:
            self.set_status(400)
            await self.listed(course, written, problem)
            return
        await self.keep(partial(store.add, one=one, users=users))
        log.info("%s plans the class %s of %s", self.trainee, one.id, one.course)
        self.go("class", course_id, "classes", one.id)

    def planned(
        self, course: PublishedCourse, wanted: form.Wanted
    ) -> tuple[Class, tuple[str, ...]]:
        """Return what was written. Raises NotRight."""
        files = self.request.files.get("roster", [])
        users = roster.read(files[0].body if files else b"")
        now, machine = time.time(), self.pages.machine
        zone = self.words.zone or site_zone()
        return form.read(wanted, course.manifest, machine, len(users), zone, now), users

    async def listed(
        self, course: PublishedCourse, written: dict[str, str], problem: NotRight | None = None
    ) -> None:
        """Answer with the list and the form."""
        question = partial(store.of_course, course=course.manifest.id)
        found, now = await self.pages.learning.read(question), time.time()
        self.show(
            "classes.html",
            course=course.manifest,
            classes=[view.one_class(one, self.words, now) for one in found],
            written=written,
            problem=problem.in_words(self.words) if problem else None,
            sizes=self.pages.machine.sizes,
            longest_group=LONGEST_GROUP,
        )

    async def found(self, course_id: str, class_id: str) -> tuple[PublishedCourse, Class]:
        """Find a class of a course that the user teaches, or answer 404."""
        course = self.taught(course_id)
        one = await self.pages.learning.read(partial(store.find, class_id=class_id))
        if one is None or one.course != course_id:
            raise HTTPError(404)
        return course, one

    async def keep(self, deed: Any) -> None:  # noqa: ANN401  a function of the engine
        """Change the store, and have the keeper look at once. Raises StoreAway."""
        learning = self.pages.learning
        await learning.writer.run(partial(deed, learning.store.engine))
        self.pages.classes.look_soon()


class OneClass(Classes):
    """One class: where its seats stand, and its buttons."""

    @authenticated
    async def get(self, course_id: str, class_id: str) -> None:
        """Show it."""
        self.finish(await self.filled_now("one_class.html", course_id, class_id))

    async def filled_now(
        self, template: str, course_id: str, class_id: str, problem: NotRight | None = None
    ) -> str:
        """Return the class in a template."""
        course, one = await self.found(course_id, class_id)
        seats = await self.pages.learning.read(partial(store.seats, class_id=class_id))
        notes = await self.pages.learning.read(partial(store.notes, class_id=class_id))
        return self.filled(
            template,
            course=course.manifest,
            view=view.class_now(one, seats, notes, self.words, time.time()),
            problem=problem.in_words(self.words) if problem else None,
            longest_note=LONGEST_NOTE,
        )


class OneClassNow(ForScripts, OneClass):
    """The same, for the page that is open already."""

    @authenticated
    async def get(self, course_id: str, class_id: str) -> None:
        """Answer as JSON; with 304 where nothing has changed."""
        self.finish({"page": await self.filled_now("one_class_now.html", course_id, class_id)})


class _Button(OneClass):
    """A button on the page of a class."""

    @authenticated
    async def get(self, course_id: str, class_id: str) -> None:
        """Go to the class: a visit changes nothing."""
        await self.found(course_id, class_id)
        self.go("class", course_id, "classes", class_id)

    @authenticated
    async def post(self, course_id: str, class_id: str) -> None:
        """Do it, and show the class."""
        _, one = await self.found(course_id, class_id)
        try:
            _require_going_on(one)
            await self.press(one)
        except NotRight as problem:
            self.set_status(400)
            page = await self.filled_now("one_class.html", course_id, class_id, problem)
            self.finish(page)
            return
        log.info("%s: %s of the class %s", self.trainee, type(self).__name__, class_id)
        self.go("class", course_id, "classes", class_id)

    async def press(self, one: Class) -> None:
        """Do what the button says."""
        raise NotImplementedError


class StartClass(_Button):
    """The button that starts its sessions before their time, and again those that failed."""

    async def press(self, one: Class) -> None:
        """Start them."""
        await self.keep(partial(store.begin, class_id=one.id, now=time.time()))


class EndClass(_Button):
    """The button that ends it in two minutes."""

    async def press(self, one: Class) -> None:
        """End it."""
        if self.get_body_argument("sure", "") != "yes":
            raise NotRight(
                later("The class goes on."), hint=later("Tick that you are sure, to end it.")
            )
        await self.keep(partial(store.end, class_id=one.id, now=time.time()))


class NoteToAll(_Button):
    """The button that tells all of a class something."""

    async def press(self, one: Class) -> None:
        """Tell them."""
        text = form.read_note(self.get_body_argument("text", ""))
        await self.keep(partial(store.add_note, class_id=one.id, text=text, now=time.time()))


def _require_going_on(one: Class) -> None:
    if one.ends_at <= time.time():
        raise NotRight(later("This class is over."), hint=later("Plan a new one."))


def routes() -> dict[str, type[Classes]]:
    """Return the addresses of classes, below that of the pages."""
    one = rf"class/([^/]+)/classes/({CLASS_ID})"
    return {
        r"class/([^/]+)/classes": Classes,
        one: OneClass,
        f"{one}/now": OneClassNow,
        f"{one}/start": StartClass,
        f"{one}/end": EndClass,
        f"{one}/note": NoteToAll,
    }
