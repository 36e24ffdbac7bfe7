"""The page that begins a lesson again: it asks first, and keeps what the trainee had."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from tornado import web

from courses.delivery import published
from courses.lesson_page import LessonHandler

if TYPE_CHECKING:
    from courses.authoring.manifest import Lesson
    from courses.catalogue import PublishedCourse


class ResetHandler(LessonHandler):
    """Begins a lesson again: asks first, and keeps what the trainee had."""

    @web.authenticated
    async def get(self, course: str, lesson: str) -> None:
        """Ask."""
        found = await asyncio.to_thread(published, self.catalogue, course, lesson)
        if found is None:
            self.say_no_lesson()
            return
        title = found[1].title.in_(self.words().language)
        url = self.lesson_url(f"{course}/{self._notebook(*found)}")
        self.show(200, "reset.html", lesson=title, lesson_url=url)

    @web.authenticated
    async def post(self, course: str, lesson: str) -> None:
        """Do it; Tornado has checked the form's XSRF token."""
        from courses.workspace import reset
        from spawners.errors import OnboardError
        from spawners.words import later

        found = await asyncio.to_thread(published, self.catalogue, course, lesson)
        if found is None:
            self.say_no_lesson()
            return
        release, notebook = found[0].path, self._notebook(*found)
        if (await self.open_files(course))(notebook):
            self.say(
                409,
                later("The lesson is open"),
                later("Shut down its kernel and close it in JupyterLab. Then begin again."),
                retry=True,
            )
            return
        try:
            kept = await asyncio.to_thread(reset, release, self.workspace_root, course, notebook)
        except OnboardError as error:
            self.log.warning("%s/%s cannot be reset: %s", course, lesson, error.__cause__ or error)
            heading = later("The lesson cannot be reset")
            self.say(503, heading, error.message, error.hint, retry=True, lab_url=self.lab_url())
            return
        self._say_done(f"{course}/{notebook}", kept)

    def _notebook(self, course: PublishedCourse, lesson: Lesson) -> str:
        from courses.lesson_language import notebook_for

        return notebook_for(course, lesson, self.words().language)

    def _say_done(self, notebook: str, kept: Path | None) -> None:
        if kept is None:
            self.redirect(self.lesson_url(notebook))
            return
        words = self.words()
        self.show(
            200,
            "notices.html",
            heading=words.gettext("The lesson is as it was published"),
            sentences=[words.gettext("What you had is kept as {name}.").format(name=kept.name)],
            lesson_url=self.lesson_url(notebook),
            reset_url="",
            lab_url="",
        )
