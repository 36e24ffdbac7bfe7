"""`onboard class`: parse, call one function, print.

The commands write into the learning store, as the instructors' pages do. The course pages look
there every few seconds, and do what is to be done; while they are away it waits for them.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from hub_config import site as sites
from spawners.errors import InvalidInput, OnboardError
from spawners.words import Words

if TYPE_CHECKING:
    import sqlalchemy as sa

    from courses.service.classes.model import Class
    from courses.service.classes.view import ClassView

console = Console(highlight=False, markup=False, soft_wrap=True)
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
    with _store(site) as engine:
        store.add(engine, one, users)
    console.print(f"Planned: class {one.id} for {len(users)}, {_seen(one).when}.")
    _say_if_away(site)


@class_.command("list")
@click.argument("course_id", metavar="[COURSE]", required=False)
@for_site
def list_(course_id: str | None, name: str) -> None:
    """List the classes, those to come first."""
    from courses.service.classes import store

    table = Table("class", "course", "group", "people", "when", "reservation", "state")
    with _store(sites.load(name)) as engine:
        for one in store.of_course(engine, course_id):
            seen = _seen(one)
            row = (one.id, one.course, one.group, str(one.people))
            table.add_row(*row, seen.when, seen.reservation, seen.state)
    console.print(table)


@class_.command()
@the_class
@for_site
def show(class_id: str, name: str) -> None:
    """Show where each seat of CLASS stands, and why."""
    from courses.service.classes import store

    table = Table("person", "state", "tries", "why")
    with _store(sites.load(name)) as engine:
        one = _found(engine, class_id)
        for seat in store.seats(engine, one.id):
            table.add_row(seat.user, seat.state.value, str(seat.tries), seat.why)
    seen = _seen(one)
    console.print(f"{one.group}, {one.course}, {seen.when}: {seen.state}")
    console.print(table)


@class_.command()
@the_class
@for_site
def start(class_id: str, name: str) -> None:
    """Start the sessions of CLASS now, and again those that failed."""
    from courses.service.classes import store

    site = sites.load(name)
    with _store(site) as engine:
        one = _going_on(engine, class_id)
        store.begin(engine, one.id, time.time())
    console.print(f"The sessions of {one.group} are being started: `onboard class show {one.id}`.")
    _say_if_away(site)


@class_.command()
@the_class
@for_site
def end(class_id: str, name: str) -> None:
    """End CLASS in two minutes: everybody in it is told, and their work is kept."""
    from courses.service.classes import store

    site = sites.load(name)
    with _store(site) as engine:
        one = _going_on(engine, class_id)
        at = store.end(engine, one.id, time.time())
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
    with _store(site) as engine:
        one = _going_on(engine, class_id)
        store.add_note(engine, one.id, words, time.time())
    console.print(f"All who are in {one.group} read it within about 10 seconds.")
    _say_if_away(site)


def _found(engine: sa.Engine, class_id: str) -> Class:
    from courses.service.classes import store

    one = store.find(engine, class_id)
    if one is None:
        raise InvalidInput(
            f"There is no class {class_id!a}.", hint="`onboard class list` says which there are."
        )
    return one


def _going_on(engine: sa.Engine, class_id: str) -> Class:
    one = _found(engine, class_id)
    if not _seen(one).goes_on:
        raise InvalidInput(f"The class {one.id} is over.", hint="Plan a new one.")
    return one


def _seen(one: Class) -> ClassView:
    """Return a class as the instructors' pages show it, in English."""
    from courses.service.classes.view import one_class

    return one_class(one, Words(), time.time())


@contextmanager
def _store(site: sites.Site) -> Iterator[sa.Engine]:
    """Open the site's learning store. Raises OnboardError where it cannot be used."""
    from sqlalchemy.exc import SQLAlchemyError

    from courses.service.store.engine import first_line, migrate, open_engine

    if not site.hub_dir.is_dir():
        raise OnboardError(
            f"{site.hub_dir}: the site {site.name} was never started here, or you may not see it.",
            hint=f"Start it with `onboard up --site {site.reference}`; name the site with --site.",
        )
    engine = open_engine(site.events_database)
    try:
        migrate(engine)
        yield engine
    except SQLAlchemyError as error:
        raise OnboardError(
            f"The learning store of {site.name} cannot be used: {first_line(error)}.",
            hint="Call this as root, or as the user that the hub runs as.",
        ) from None
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
