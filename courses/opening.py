"""A Jupyter server extension: the addresses that open a lesson in JupyterLab, and reset it.

`/onboard/open/<course>/<lesson>` brings the course into the workspace first (`courses.workspace`),
and `/onboard/reset/<course>/<lesson>` begins the lesson again. Every session loads this module
before it can answer: what it imports at the top is there already in a Jupyter server.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.utils import url_path_join
from tornado import web

from courses.delivery import in_workspace, opened
from courses.lesson_page import LessonHandler
from courses.resetting import ResetHandler

if TYPE_CHECKING:
    from courses.workspace import Notice
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
            why = error.__cause__ or error
            self.log.warning("%s/%s cannot be opened: %s", course, lesson, why)
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
            lab_url="",
        )

    def _say_why_not(self, course: str, lesson: str, error: OnboardError) -> None:
        from spawners.words import later

        language = self.words().language
        there = in_workspace(self.catalogue, self.workspace_root, course, lesson, language)
        if there is None:
            heading = later("The lesson cannot be opened")
            self.say(503, heading, error.message, error.hint, retry=True, lab_url=self.lab_url())
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
            lab_url=self.lab_url(),
        )


def _sentences(told: list[Notice], notebook: str, words: Words) -> list[str]:
    """Say what became of files; that another lesson is open matters when that one is opened."""
    from courses.upgrades.notices import Matter, in_words

    return [
        in_words(notice, words)
        for notice in told
        if notice.matter is not Matter.OPEN or notice.file == notebook
    ]
