"""What every page of ours is: in the site's look, in the trainee's language, safe, and who asks."""

from __future__ import annotations

import asyncio
import time
from functools import cached_property
from typing import Any

from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated, UserNotAllowed
from tornado.web import HTTPError, RequestHandler, StaticFileHandler

from courses import sizes
from courses.authoring.manifest import Lesson
from courses.catalogue import PublishedCourse
from courses.service import relay, views
from courses.service import session as sessions
from courses.service.events.writer import StoreAway
from courses.service.hub import HubRefused, HubUnavailable, SignedOut
from courses.service.learning import exercises as lesson_exercises
from courses.service.learning.going_on import Taught
from courses.service.pages import Pages
from courses.service.session import Session
from spawners.errors import OnboardError
from spawners.language import LANGUAGE_COOKIE, ZONE_COOKIE
from spawners.words import Words, later, words_for

CSP = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SIGN_IN_S = 10.0
"""How long the hub may take to say who somebody is."""
_WORDS = {
    400: (later("That did not work"), later("The address or the form is not complete.")),
    403: (
        later("Please try that again"),
        later("This page was open too long, or you are not signed in here."),
    ),
    404: (
        later("There is no such page"),
        later("The course or lesson may have been renamed or withdrawn."),
    ),
    405: (
        later("There is no such page"),
        later("This address is for a button, not for a visit."),
    ),
}
_BROKEN = (
    later("Something went wrong here"),
    later("The fault is ours. The site's operators find it in the log."),
)


class Look(RequestHandler):
    """A page in the site's look, with the headers that keep it to itself."""

    pages: Pages

    def initialize(self, pages: Pages) -> None:
        """Take what every page needs."""
        self.pages = pages

    def set_default_headers(self) -> None:
        """Allow nothing but our own files, and keep nothing that is a trainee's."""
        self.set_header("Content-Security-Policy", CSP)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")

    def show(self, template: str, **values: object) -> None:
        """Answer with a page."""
        self.finish(self.filled(template, **values))

    def filled(self, template: str, **values: object) -> str:
        """Return a page."""
        return self.pages.render(template, self.words, **values)

    @cached_property
    def words(self) -> Words:
        """How this browser's user reads."""
        return words_for(
            self.pages.languages,
            chosen=self.get_cookie(LANGUAGE_COOKIE, ""),
            accept=self.request.headers.get("Accept-Language", ""),
            zone=self.get_cookie(ZONE_COOKIE, ""),
        )

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401
        """Say in words what went wrong."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        heading, message = _WORDS.get(status_code, _BROKEN)
        if isinstance(error, OnboardError):
            self.set_status(_status(error))
            away = isinstance(error, HubUnavailable | StoreAway)
            heading = later("Not just now") if away else later("That did not work")
            message = error.message
        self.show(
            "message.html",
            lab_url="",
            heading=self.words.gettext(heading),
            message=self.words.gettext(message),
            hint=self.words.gettext(error.hint) if isinstance(error, OnboardError) else "",
            retry=self._can_retry(error),
        )

    def _can_retry(self, error: object) -> bool:
        return isinstance(error, HubUnavailable | StoreAway) and self.request.method == "GET"

    def log_exception(self, *exc_info: Any) -> None:  # noqa: ANN401
        """Log what is ours to mend, and not what a person or the hub did."""
        if not isinstance(exc_info[1], OnboardError):
            super().log_exception(*exc_info)


class NotFound(Look):
    """Any address that is none of ours."""

    def prepare(self) -> None:
        """Refuse."""
        raise HTTPError(404)


class SignedIn(HubOAuthenticated, Look):
    """A page that knows who asks."""

    async def prepare(self) -> None:
        """Find out who asks, without holding up anyone else."""
        # Set outright: JupyterHub's own way to `current_user` blocks until the hub has answered.
        self.current_user = None
        try:
            async with asyncio.timeout(SIGN_IN_S):
                user = await self.hub_auth.get_user(self, sync=False)
            self.current_user = self.check_hub_user(user) if user else None
        except UserNotAllowed:
            raise HTTPError(403) from None
        except (HTTPError, TimeoutError) as error:
            raise HubUnavailable(
                later("The hub does not answer just now."), hint=later("Try again in a minute.")
            ) from error
        # Here, not by Tornado's setting: that one comes before anyone is known, and blocks as well.
        if self.request.method not in ("GET", "HEAD", "OPTIONS"):
            self.check_xsrf_cookie()


class Callback(SignedIn, HubOAuthCallbackHandler):
    """The end of a sign-in."""


class ForScripts:
    """Mixed into a page that a script asks for."""

    def get_login_url(self) -> str:
        """Refuse: a script cannot sign in."""
        raise HTTPError(403)


class Page(SignedIn):
    """A page for a signed-in trainee."""

    @property
    def trainee(self) -> str:
        """The trainee's name at the hub."""
        name: str = self.current_user["name"]
        return name

    @property
    def token(self) -> str:
        """The trainee's own token: all that this service may do is what they may do."""
        token: str = self.hub_auth.get_token(self) or ""
        return token

    def filled(self, template: str, **values: object) -> str:
        """Return a page that knows the trainee."""
        trainee = self.current_user["name"] if self.current_user else ""
        xsrf = self.xsrf_token.decode("ascii") if trainee else ""
        return super().filled(template, trainee=trainee, xsrf=xsrf, **values)

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401
        """Say in words what went wrong; forget a token that is of no more use."""
        if isinstance(kwargs.get("exc_info", (None, None))[1], SignedOut):
            self.hub_auth.clear_cookie(self)
        super().write_error(status_code, **kwargs)

    def show_with_strip(self, template: str, session: Session, **values: object) -> None:
        """Answer with a page that has the trainee's session on top."""
        step = sessions.step(session, self.words, time.time())
        self.show(template, session=session, said=step.said, **values)

    async def session(self) -> Session:
        """Ask the hub where the trainee's session stands."""
        return await relay.session(self.pages.hub, self.pages.machine, self.trainee, self.token)

    async def enter(self, session: Session, target: str) -> None:
        """Go to `target` in a session that is ready; somebody's class learns that they came."""
        await self.pages.classes.came(self.trainee)
        self.redirect(f"{session.url.rstrip('/')}/{target}")

    def course(self, course_id: str) -> PublishedCourse:
        """Find a published course, in the trainee's language, or answer 404."""
        course = self.pages.catalogue.course(course_id)
        if course is None:
            raise HTTPError(404)
        return views.in_words(course, self.words)

    def to_learn(self, published: PublishedCourse) -> Taught:
        """Return what learning pages need of a course. Reads its notebooks once: blocks."""
        return Taught(
            course=published.manifest,
            titles=lesson_exercises.titles(published, self.words.language),
            startable=frozenset(
                one.id
                for one in published.manifest.lessons
                if sizes.size_for(self.pages.machine, one.needs)
            ),
        )

    def lesson(self, course_id: str, lesson_id: str) -> tuple[PublishedCourse, Lesson]:
        """Find a published lesson, or answer 404."""
        course = self.course(course_id)
        lesson = course.manifest.lesson(lesson_id)
        if lesson is None:
            raise HTTPError(404)
        return course, lesson

    def download(self, name: str, kind: str, content: str | bytes) -> None:
        """Answer with a file. The name is ours: a course's id at most."""
        self.as_download(name, kind)
        self.finish(content)

    def as_download(self, name: str, kind: str) -> None:
        """Say that what follows is a file."""
        self.set_header("Content-Type", kind)
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')

    def go(self, *path: str) -> None:
        """Redirect to a page of ours."""
        self.redirect(self.pages.prefix + "/".join(path))


class Static(StaticFileHandler):
    """Our scripts. Public, like those of the hub."""

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002
        """Let browsers ask whether there is a newer one."""
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")


def _status(error: OnboardError) -> int:
    if isinstance(error, HubUnavailable):
        return 503
    if isinstance(error, SignedOut):
        return 403
    if isinstance(error, StoreAway):
        return 503
    if isinstance(error, HubRefused):
        # What broke in the hub did not break here; here it is a thing that cannot be had just now.
        return error.status if error.status < 500 else 503
    return 500
