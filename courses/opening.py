"""A Jupyter server extension: the addresses that open a lesson in JupyterLab, and reset it.

`/onboard/open/<course>/<lesson>` brings the course into the workspace first (`courses.workspace`),
and `/onboard/reset/<course>/<lesson>` begins the lesson again. Every session loads this module
before it can answer: what it imports at the top is there already in a Jupyter server.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_escape, url_path_join
from tornado import web

if TYPE_CHECKING:
    from courses.authoring.manifest import Lesson
    from courses.catalogue import PublishedCourse
    from courses.workspace import Notice, Wishes
    from spawners.errors import OnboardError
    from spawners.words import Words

OPEN = r"onboard/open/([^/]+)/([^/]+)"
RESET = r"onboard/reset/([^/]+)/([^/]+)"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "courses.opening"}]


def _load_jupyter_server_extension(serverapp: Any) -> None:  # noqa: ANN401  untyped upstream
    app = serverapp.web_app
    root = {"workspace_root": Path(serverapp.root_dir)}
    base = app.settings["base_url"]
    app.add_handlers(
        ".*$",
        [
            (url_path_join(base, OPEN), OpenHandler, root),
            (url_path_join(base, RESET), ResetHandler, root),
        ],
    )


class LessonHandler(JupyterHandler):
    """What the pages of a lesson share: its files, who has them open, and our look."""

    def initialize(self, workspace_root: Path) -> None:
        """Take the folder that this server serves."""
        self.workspace_root = workspace_root
        self.catalogue = os.environ.get("ONBOARD_CATALOGUE", "")

    def words(self) -> Words:
        """Return the trainee's words, as the course pages choose them."""
        from spawners.language import LANGUAGE_COOKIE
        from spawners.words import words_for

        return words_for(
            _languages(),
            chosen=self.get_cookie(LANGUAGE_COOKIE, ""),
            accept=self.request.headers.get("Accept-Language", ""),
        )

    async def open_files(self, course: str) -> Callable[[str], bool]:
        """Return whether a file of the course has a running kernel, and so an editor, just now."""
        sessions = await self.session_manager.list_sessions()
        paths = {one["path"] for one in sessions}
        return lambda file: f"{course}/{file}" in paths

    def lesson_url(self, notebook: str) -> str:
        """Return the address of a notebook in JupyterLab; the path is in the workspace."""
        return str(url_path_join(self.base_url, "lab/tree", url_escape(notebook)))

    def say(self, status: int, heading: str, message: str, hint: str = "", **values: Any) -> None:  # noqa: ANN401  a template's
        """Finish with a page that says one thing."""
        told = {"heading": heading, "message": message, "hint": hint}
        translated = {name: self.words().gettext(text) for name, text in told.items()}
        self.show(status, "message.html", **translated, **{"retry": False, **values})

    def say_no_lesson(self) -> None:
        """Finish with the page for a lesson that is not in the catalogue."""
        from spawners.words import later

        self.say(
            404, later("There is no such lesson"), later("It may have been renamed or withdrawn.")
        )

    def show(self, status: int, template: str, **values: Any) -> None:  # noqa: ANN401  a template's
        """Finish with a page in the look of the course pages, which lead here and back."""
        from courses.service.pages import filled, templates

        hub = os.environ.get("JUPYTERHUB_BASE_URL", "/")
        page = filled(
            templates(),
            template,
            self.words(),
            _languages(),
            site_title=os.environ.get("ONBOARD_SITE_TITLE", "AI Factory"),
            base=hub,
            prefix=url_path_join(hub, "services/courses/"),
            xsrf=self.xsrf_token.decode(),
            **values,
        )
        self.set_status(status)
        self.finish(page)


class OpenHandler(LessonHandler):
    """Brings the lesson's course into the workspace, and goes to its notebook."""

    @web.authenticated
    async def get(self, course: str, lesson: str) -> None:
        """Redirect to JupyterLab on the lesson's notebook; say first what has to be said."""
        from courses.workspace import Wishes
        from spawners.errors import OnboardError

        told: list[Notice] = []
        wishes = Wishes(
            is_open=await self.open_files(course),
            tell=told.append,
            merged=self._keep_trust,
            language=self.words().language,
        )
        try:
            # Copying a course may take a while on a shared file system: not in the event loop.
            notebook = await asyncio.to_thread(
                opened, self.catalogue, self.workspace_root, course, lesson, wishes
            )
        except OnboardError as error:
            self.log.warning("%s/%s cannot be opened: %s", course, lesson, error)
            self._say_why_not(course, lesson, error)
            return
        if notebook is None:
            self.say_no_lesson()
            return
        sentences = _sentences(told, notebook.removeprefix(f"{course}/"), self.words())
        if sentences:
            self._say_news(course, lesson, notebook, sentences)
        else:
            self.redirect(self.lesson_url(notebook))

    def _keep_trust(self, before: bytes, after: bytes) -> None:
        from courses.upgrades import trust

        trust.keep(self.contents_manager.notary, before, after)

    def _say_news(self, course: str, lesson: str, notebook: str, sentences: list[str]) -> None:
        self.show(
            200,
            "notices.html",
            heading=self.words().gettext("This course has a new version"),
            sentences=sentences,
            lesson_url=self.lesson_url(notebook),
            reset_url=url_path_join(self.base_url, "onboard/reset", course, lesson),
        )

    def _say_why_not(self, course: str, lesson: str, error: OnboardError) -> None:
        from spawners.words import later

        language = self.words().language
        there = _in_workspace(self.catalogue, self.workspace_root, course, lesson, language)
        if there is None:
            self.say(503, later("The lesson cannot be opened"), error.message, error.hint)
            return
        # What they had is as it was, and they can go on in it.
        words = self.words()
        self.show(
            503,
            "notices.html",
            heading=words.gettext("The new version of this course cannot be put in now"),
            sentences=[words.gettext(one) for one in (error.message, error.hint) if one],
            lesson_url=self.lesson_url(there),
            reset_url="",
        )


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
            self.log.warning("%s/%s cannot be reset: %s", course, lesson, error)
            self.say(503, later("The lesson cannot be reset"), error.message, error.hint)
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
        )


def published(
    catalogue: str, course_id: str, lesson_id: str
) -> tuple[PublishedCourse, Lesson] | None:
    """Return a course's current release, and the lesson in it; None if there is no such lesson.

    Raises InvalidInput for a session without a catalogue.
    """
    from courses.catalogue import Catalogue
    from spawners.errors import InvalidInput

    if not catalogue:
        raise InvalidInput(
            "This session does not know where the courses are.",
            hint="The site's operators set ONBOARD_CATALOGUE for every session.",
        )
    course = Catalogue(Path(catalogue)).course(course_id)
    lesson = course.manifest.lesson(lesson_id) if course else None
    return (course, lesson) if course and lesson else None


def opened(
    catalogue: str,
    workspace_root: Path,
    course_id: str,
    lesson_id: str,
    wishes: Wishes | None = None,
) -> str | None:
    """Bring the course and return the lesson's notebook, as a path in the workspace.

    It is the one in the language wished for, else in the one that the course is written in.
    None if the catalogue has no such lesson. Raises OnboardError.
    """
    from courses.lesson_language import in_other_languages, notebook_for
    from courses.workspace import Wishes, bring

    found = published(catalogue, course_id, lesson_id)
    if found is None:
        return None
    course, lesson = found
    wishes = wishes or Wishes()
    others = in_other_languages(course, wishes.language)
    wishes = replace(wishes, skip=lambda file: file.as_posix() in others)
    folder = bring(course.path, workspace_root, course_id, wishes)
    return f"{folder.name}/{notebook_for(course, lesson, wishes.language)}"


def _in_workspace(
    catalogue: str, workspace_root: Path, course_id: str, lesson_id: str, language: str
) -> str | None:
    """Return the lesson's notebook if an earlier opening has brought it, as `opened` does."""
    from courses.lesson_language import notebook_for

    found = published(catalogue, course_id, lesson_id) if catalogue else None
    if found is None:
        return None
    notebook = f"{course_id}/{notebook_for(*found, language)}"
    return notebook if (workspace_root / notebook).is_file() else None


def _languages() -> list[str]:
    return os.environ.get("ONBOARD_LANGUAGES", "").split()


def _sentences(told: list[Notice], notebook: str, words: Words) -> list[str]:
    """Say what became of files; that another lesson is open matters when that one is opened."""
    from courses.upgrades.files import Matter, in_words

    return [
        in_words(notice, words)
        for notice in told
        if notice.matter is not Matter.OPEN or notice.file == notebook
    ]
