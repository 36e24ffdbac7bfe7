"""HTTP for the course pages: who asks, for what, and where to go next. No logic of its own."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing, suppress
from typing import Any, TypeVar

from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated, UserNotAllowed
from tornado.iostream import StreamClosedError
from tornado.web import Finish, HTTPError, RequestHandler, StaticFileHandler, authenticated

from courses.authoring.manifest import Lesson
from courses.catalogue import PublishedCourse
from courses.service import offers, relay, views
from courses.service.hub import HubRefused, HubUnavailable, SignedOut
from courses.service.pages import Pages
from courses.service.views import Session, State
from spawners.errors import OnboardError

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
PATIENCE_S = 2.0
"""How long a click waits for the hub's answer before the page goes on without it."""
SIGN_IN_S = 10.0
"""How long the hub may take to say who somebody is."""
ENDING_S = 20.0
"""How long a new session waits for the old one's end."""
_WORDS = {
    400: ("That did not work", "The address or the form is not complete."),
    403: ("Please try that again", "This page was open too long, or you are not signed in here."),
    404: ("There is no such page", "The course or lesson may have been renamed or withdrawn."),
    405: ("There is no such page", "This address is for a button, not for a visit."),
}
_BROKEN = (
    "Something went wrong here",
    "The fault is ours. The site's operators find it in the log.",
)

T = TypeVar("T")
_unanswered: set[asyncio.Future[Any]] = set()  # a task that nobody holds may be dropped


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
        self.finish(self.pages.render(template, **values))

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401
        """Say in words what went wrong."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        heading, message = _WORDS.get(status_code, _BROKEN)
        if isinstance(error, OnboardError):
            self.set_status(_status(error))
            away = isinstance(error, HubUnavailable)
            heading, message = "Not just now" if away else "That did not work", str(error)
        self.show("message.html", heading=heading, message=message, retry=self._can_retry(error))

    def _can_retry(self, error: object) -> bool:
        return isinstance(error, HubUnavailable) and self.request.method == "GET"

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
                "The hub does not answer just now.", hint="Try again in a minute."
            ) from error
        # Here, not by Tornado's setting: that one comes before anyone is known, and blocks as well.
        if self.request.method not in ("GET", "HEAD", "OPTIONS"):
            self.check_xsrf_cookie()


class Callback(SignedIn, HubOAuthCallbackHandler):
    """The end of a sign-in."""


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

    def show(self, template: str, **values: object) -> None:
        """Answer with a page that knows the trainee."""
        trainee = self.current_user["name"] if self.current_user else ""
        xsrf = self.xsrf_token.decode("ascii") if trainee else ""
        super().show(template, trainee=trainee, xsrf=xsrf, **values)

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401
        """Say in words what went wrong; forget a token that is of no more use."""
        if isinstance(kwargs.get("exc_info", (None, None))[1], SignedOut):
            self.hub_auth.clear_cookie(self)
        super().write_error(status_code, **kwargs)

    async def session(self) -> Session:
        """Ask the hub where the trainee's session stands."""
        return await relay.session(self.pages.hub, self.pages.machine, self.trainee, self.token)

    def course(self, course_id: str) -> PublishedCourse:
        """Find a published course, or answer 404."""
        course = self.pages.catalogue.course(course_id)
        if course is None:
            raise HTTPError(404)
        return course

    def lesson(self, course_id: str, lesson_id: str) -> tuple[PublishedCourse, Lesson]:
        """Find a published lesson, or answer 404."""
        course = self.course(course_id)
        lesson = course.manifest.lesson(lesson_id)
        if lesson is None:
            raise HTTPError(404)
        return course, lesson

    def go(self, *path: str) -> None:
        """Redirect to a page of ours."""
        self.redirect(self.pages.prefix + "/".join(path))


class CoursesPage(Page):
    """All courses, as cards."""

    @authenticated
    async def get(self) -> None:
        """Show them."""
        session = await self.session()
        courses = views.courses(self.pages.catalogue.courses(), self.pages.machine)
        self.show("courses.html", courses=courses, session=session, now=time.time())


class CoursePage(Page):
    """One course and its lessons."""

    @authenticated
    async def get(self, course_id: str) -> None:
        """Show it."""
        published, machine = self.course(course_id), self.pages.machine
        session, offered = await asyncio.gather(
            self.session(), offers.fetch(self.pages.hub, self.token)
        )
        now = time.time()
        starts = offers.starts(published, machine, session, offered, now)
        course = views.course(published, machine)
        self.show("course.html", course=course, session=session, starts=starts, now=now)


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
        if session.state in (State.WAITING, State.READY):
            lacks = views.lacks(session, lesson.needs)
            if lacks:
                self.set_status(409)
                self.show(
                    "conflict.html", course=course, lesson=lesson, session=session, lacks=lacks
                )
                return
        else:
            await self.begin(course, lesson)
        self.go("wait", course_id, lesson_id)

    async def begin(self, course: PublishedCourse, lesson: Lesson) -> None:
        """Ask the hub for a session that the lesson fits in."""
        wanted = self.get_body_argument("size", "")
        size = offers.size_for(lesson.needs, self.pages.machine, wanted)
        if size is None:
            obstacle = views.lesson(lesson, self.pages.machine).obstacle
            raise HubRefused(obstacle, status=409)
        options = {"size": size.name, "course": course.manifest.id, "lesson": lesson.id}
        await patiently(self.pages.hub.start(self.trainee, self.token, options))


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
        while (await self.session()).state is not State.NONE:
            if time.monotonic() > deadline:
                raise HubUnavailable(
                    "Your session is still ending.", hint="Start the lesson again in a minute."
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
    """The way to a lesson, while its session is on the way."""

    @authenticated
    async def get(self, course_id: str, lesson_id: str) -> None:
        """Open the lesson if the session is ready; otherwise say where it stands."""
        course, lesson = self.lesson(course_id, lesson_id)
        session = await self.session()
        if session.state is State.READY:
            self.redirect(f"{session.url.rstrip('/')}/onboard/open/{course_id}/{lesson_id}")
            return
        standing = await relay.now(self.pages.hub, self.pages.machine, self.trainee, self.token)
        self.show(
            "wait.html",
            course=course,
            lesson=lesson,
            session=session,
            standing=standing,
            now=time.time(),
        )


class StateNow(Page):
    """Where the start stands, for a page that cannot listen."""

    @authenticated
    async def get(self) -> None:
        """Answer with one step, as JSON."""
        step = await relay.now(self.pages.hub, self.pages.machine, self.trainee, self.token)
        self.finish(step.as_json())

    def get_login_url(self) -> str:
        """Refuse: a script cannot sign in."""
        raise HTTPError(403)


class ProgressNow(StateNow):
    """Where the start stands, as it happens: server-sent events."""

    _listening: asyncio.Task[None] | None = None

    @authenticated
    async def get(self) -> None:
        """Send a step at each change, until there is nothing more to say for now."""
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("X-Accel-Buffering", "no")  # nginx would keep the events to itself
        self._listening = asyncio.ensure_future(self._tell())
        with suppress(asyncio.CancelledError, StreamClosedError):
            await self._listening
        raise Finish

    async def _tell(self) -> None:
        hub, machine = self.pages.hub, self.pages.machine
        async with aclosing(relay.follow(hub, machine, self.trainee, self.token)) as steps:
            async for step in steps:
                self.write(self.pages.event(step))
                await self.flush()

    def on_connection_close(self) -> None:
        """Stop asking the hub for a page that is closed."""
        if self._listening is not None:
            self._listening.cancel()


class Static(StaticFileHandler):
    """Our scripts. Public, like those of the hub."""

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002
        """Let browsers ask whether there is a newer one."""
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")


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


def _status(error: OnboardError) -> int:
    if isinstance(error, HubUnavailable):
        return 503
    if isinstance(error, SignedOut):
        return 403
    return error.status if isinstance(error, HubRefused) else 500
