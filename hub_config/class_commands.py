"""`onboard class`: parse, call one function, print.

The commands write into the learning store, as the instructors' pages do. The course pages look
there every few seconds, and do what is to be done; while they are away it waits for them.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from rich.console import Console
from rich.table import Table

from hub_config import site as sites
from spawners.errors import InvalidInput, OnboardError
from spawners.words import Words

if TYPE_CHECKING:
    import sqlalchemy as sa

    from courses.service.classes.model import Class

console = Console(highlight=False, markup=False, soft_wrap=True)
T = TypeVar("T")
for_site = click.option(
    "--site", "name", default="local", show_default=True, help="The site it is for."
)
the_class = click.argument("class_id", metavar="CLASS")


@click.group("class")
def class_() -> None:
    """Courses taught at a set time to a set group."""


@class_.command()
@click.argument("course_id", metavar="COURSE")
@click.option("--group", required=True, help="What the group is called.")
@click.option("--starts", required=True, help="When, as 2027-03-01T09:00.")
@click.option("--ends", required=True, help="Until when, as 2027-03-01T12:00.")
@click.option(
    "--zone", default="", help="Of both times, as Europe/Luxembourg; else this machine's."
)
@click.option("--size", default="", help="The session size; else that of the first lesson.")
@click.option("--reservation", default="", help="The Slurm reservation that sessions run in.")
@click.option(
    "--empty",
    "empty_minutes",
    default="15",
    show_default=True,
    help="Minutes after which a seat that nobody opened is given back.",
)
@click.option(
    "--roster",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV file with a column of user names.",
)
@for_site
def new(course_id: str, roster: Path, name: str, **written: str) -> None:
    """Plan a class of COURSE, and print its id."""
    from courses.catalogue import Catalogue
    from courses.service.classes import form, store
    from courses.service.classes.roster import read
    from spawners.language import site_zone

    site = sites.load(name)
    course = Catalogue(site.catalogue).course(course_id)
    if course is None:
        raise InvalidInput(
            f"No course {course_id!a} is published here.",
            hint="`onboard course list` says which are.",
        )
    users = read(roster.read_bytes())
    strangers = [user for user in users if not site.login.admits(user)]
    if strangers:
        raise InvalidInput(
            f"{roster}: this site lets nobody in who is called {', '.join(strangers[:10])}.",
            hint="Mend the roster, or add them to login.users in the site's file.",
        )
    wanted = form.Wanted(**written)
    one = form.read(wanted, course.manifest, site.machine, len(users), site_zone(), time.time())
    _do(site, partial(store.add, one=one, users=users))
    console.print(f"Planned: class {one.id} for {len(users)}, {_when(one)}.")
    _say_if_away(site)


@class_.command("list")
@click.argument("course_id", metavar="[COURSE]", required=False)
@for_site
def list_(course_id: str | None, name: str) -> None:
    """List the classes, those to come first."""
    from courses.service.classes import store

    table = Table("class", "course", "group", "people", "when", "reservation", "state")
    for one in _do(sites.load(name), partial(store.of_course, course=course_id)):
        row = (one.id, one.course, one.group, str(one.people), _when(one), one.reservation or "")
        table.add_row(*row, _state(one))
    console.print(table)


@class_.command()
@the_class
@for_site
def show(class_id: str, name: str) -> None:
    """Show where each seat of CLASS stands, and why."""
    from courses.service.classes import store

    site = sites.load(name)
    one = _found(site, class_id)
    console.print(f"{one.group}, {one.course}, {_when(one)}: {_state(one)}")
    table = Table("person", "state", "tries", "why")
    for seat in _do(site, partial(store.seats, class_id=one.id)):
        table.add_row(seat.user, seat.state.value, str(seat.tries), seat.why)
    console.print(table)


@class_.command()
@the_class
@for_site
def start(class_id: str, name: str) -> None:
    """Start the sessions of CLASS now, and again those that failed."""
    from courses.service.classes import store

    site = sites.load(name)
    one = _found(site, class_id)
    _not_over(one)
    _do(site, partial(store.begin, class_id=one.id, now=time.time()))
    console.print(f"The sessions of {one.group} are being started: `onboard class show {one.id}`.")
    _say_if_away(site)


@class_.command()
@the_class
@for_site
def end(class_id: str, name: str) -> None:
    """End CLASS in two minutes: everybody in it is told, and their work is kept."""
    from courses.service.classes import store

    site = sites.load(name)
    one = _found(site, class_id)
    _not_over(one)
    at = _do(site, partial(store.end, class_id=one.id, now=time.time()))
    console.print(f"{one.group} ends at {Words().at(at, time.time())}.")
    _say_if_away(site)


@class_.command()
@the_class
@click.argument("text")
@for_site
def note(class_id: str, text: str, name: str) -> None:
    """Show TEXT, one short line, in JupyterLab to all who are in CLASS."""
    from courses.service.classes import store
    from courses.service.classes.form import read_note

    site, words = sites.load(name), read_note(text)
    one = _found(site, class_id)
    _not_over(one)
    _do(site, partial(store.add_note, class_id=one.id, text=words, now=time.time()))
    console.print(f"All who are in {one.group} read it within about 10 seconds.")
    _say_if_away(site)


def _found(site: sites.Site, class_id: str) -> Class:
    from courses.service.classes import store

    one = _do(site, partial(store.find, class_id=class_id))
    if one is None:
        raise InvalidInput(
            f"There is no class {class_id!a}.", hint="`onboard class list` says which there are."
        )
    return one


def _not_over(one: Class) -> None:
    if one.ends_at <= time.time():
        raise InvalidInput(f"The class {one.id} is over.", hint="Plan a new one.")


def _do(site: sites.Site, deed: Callable[[sa.Engine], T]) -> T:
    """Do something with the site's learning store. Raises OnboardError where it cannot be used."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with _store(site) as engine:
            return deed(engine)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise OnboardError(
            f"The learning store of {site.name} cannot be used: {reason}.",
            hint="Call this as root, or as the user that the hub runs as.",
        ) from None


@contextmanager
def _store(site: sites.Site) -> Iterator[sa.Engine]:
    from courses.service.store.engine import migrate, open_engine

    if not site.hub_dir.is_dir():
        raise OnboardError(
            f"{site.hub_dir}: the site {site.name} was never started here, or you may not see it.",
            hint=f"Start it with `onboard up --site {site.reference}`; name the site with --site.",
        )
    engine = open_engine(site.events_database)
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


def _say_if_away(site: sites.Site) -> None:
    try:
        socket.create_connection(("127.0.0.1", site.hub.service_port), timeout=2).close()
    except OSError:
        console.print(
            f"The course pages of {site.name} do not answer just now: it is kept, and counts once "
            "they are up.",
            style="yellow",
        )


def _when(one: Class) -> str:
    words, now = Words(), time.time()
    return f"{words.at(one.starts_at, now)} to {words.at(one.ends_at, one.starts_at)}"


def _state(one: Class) -> str:
    now = time.time()
    if one.closed_at is not None:
        return "over"
    if now >= one.ends_at:
        return "ending"
    if now >= one.starts_at:
        return "going on"
    return "being prepared" if now >= one.opens_at else "planned"
