"""A Jupyter server extension: `/onboard/open/<course>/<lesson>` opens a lesson in JupyterLab.

It brings the course into the workspace first (`courses.workspace`). Every session loads this module
before it can answer: what it imports at the top is there already in a Jupyter server.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_escape, url_path_join
from tornado import web

if TYPE_CHECKING:
    from spawners.words import Words

PATH = r"onboard/open/([^/]+)/([^/]+)"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "courses.opening"}]


def _load_jupyter_server_extension(serverapp: Any) -> None:  # noqa: ANN401  untyped upstream
    app = serverapp.web_app
    url = url_path_join(app.settings["base_url"], PATH)
    app.add_handlers(".*$", [(url, OpenHandler, {"workspace_root": Path(serverapp.root_dir)})])


class OpenHandler(JupyterHandler):
    """Brings the lesson's course into the workspace, and goes to its notebook."""

    def initialize(self, workspace_root: Path) -> None:
        """Take the folder that this server serves."""
        self.workspace_root = workspace_root

    @web.authenticated
    async def get(self, course: str, lesson: str) -> None:
        """Redirect to JupyterLab on the lesson's notebook."""
        from spawners.errors import OnboardError

        try:
            # Copying a course may take a while on a shared file system: not in the event loop.
            notebook = await asyncio.to_thread(
                opened,
                os.environ.get("ONBOARD_CATALOGUE", ""),
                self.workspace_root,
                course,
                lesson,
                self._words().language,
            )
        except OnboardError as error:
            self.log.warning("%s/%s cannot be opened: %s", course, lesson, error)
            from spawners.words import later

            self._say(503, later("The lesson cannot be opened"), error.message, error.hint)
            return
        if notebook is None:
            from spawners.words import later

            self._say(
                404,
                later("There is no such lesson"),
                later("It may have been renamed or withdrawn."),
            )
            return
        self.redirect(url_path_join(self.base_url, "lab/tree", url_escape(notebook)))

    def _say(self, status: int, heading: str, message: str, hint: str = "") -> None:
        # In the look of the course pages, which lead here and which the trainee goes back to.
        from courses.service.pages import filled, templates

        words = self._words()
        hub = os.environ.get("JUPYTERHUB_BASE_URL", "/")
        page = filled(
            templates(),
            "message.html",
            words,
            _languages(),
            site_title=os.environ.get("ONBOARD_SITE_TITLE", "AI Factory"),
            base=hub,
            prefix=url_path_join(hub, "services/courses/"),
            heading=words.gettext(heading),
            message=words.gettext(message),
            hint=words.gettext(hint),
            retry=False,
        )
        self.set_status(status)
        self.finish(page)

    def _words(self) -> Words:
        """How the trainee reads, as on the course pages."""
        from spawners.language import LANGUAGE_COOKIE
        from spawners.words import words_for

        return words_for(
            _languages(),
            chosen=self.get_cookie(LANGUAGE_COOKIE, ""),
            accept=self.request.headers.get("Accept-Language", ""),
        )


def _languages() -> list[str]:
    return os.environ.get("ONBOARD_LANGUAGES", "").split()


def opened(
    catalogue: str, workspace_root: Path, course_id: str, lesson_id: str, language: str = ""
) -> str | None:
    """Bring the course and return the lesson's notebook, as a path in the workspace.

    In that language if the release has it, else in the one that the course is written in.
    None if the catalogue has no such lesson. Raises OnboardError.
    """
    from courses.authoring.language import notebook_in
    from courses.catalogue import Catalogue
    from courses.workspace import bring
    from spawners.errors import InvalidInput

    if not catalogue:
        raise InvalidInput(
            "This session does not know where the courses are.",
            hint="The site's operators set ONBOARD_CATALOGUE for every session.",
        )
    course = Catalogue(Path(catalogue)).course(course_id)
    lesson = course.manifest.lesson(lesson_id) if course else None
    if course is None or lesson is None:
        return None
    notebook = lesson.notebook
    if language in course.manifest.languages:
        translated = notebook_in(notebook, language, course.manifest.language)
        notebook = translated if (course.path / translated).is_file() else notebook
    folder = bring(course.path, workspace_root, course_id)
    return f"{folder.name}/{notebook}"
