"""What the pages that open and reset a lesson share: its files, who has them open, our look."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_escape, url_path_join

if TYPE_CHECKING:
    from spawners.words import Words


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

    def lab_url(self) -> str:
        """Return the address of JupyterLab, for who has to see to their files."""
        return str(url_path_join(self.base_url, "lab"))

    def say(self, status: int, heading: str, message: str, hint: str = "", **values: Any) -> None:  # noqa: ANN401  a template's
        """Finish with a page that says one thing."""
        told = {"heading": heading, "message": message, "hint": hint}
        translated = {name: self.words().gettext(text) for name, text in told.items()}
        self.show(status, "message.html", **translated, **{"retry": False, "lab_url": "", **values})

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


def _languages() -> list[str]:
    return os.environ.get("ONBOARD_LANGUAGES", "").split()
