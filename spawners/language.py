"""Which language and time zone a trainee reads in, and the catalogue of its words.

One catalogue for all of our pages: `locale/<language>.po`. It is read as translators keep it, so
that nothing has to be compiled before an installation works.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo, available_timezones

from babel import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = "en"
"""The language that the code is written in: it needs no catalogue."""
LANGUAGE_COOKIE = "onboard-language"
ZONE_COOKIE = "onboard-zone"
_LOCALE = files("spawners") / "locale"
# What a browser sends is short; what an attacker sends may not be.
_LONGEST_HEADER = 500


@lru_cache
def languages() -> tuple[str, ...]:
    """Return every language that there are words in."""
    others = (one.name[:-3] for one in _LOCALE.iterdir() if one.name.endswith(".po"))
    return (SOURCE, *sorted(others))


@lru_cache
def catalogue(language: str) -> NullTranslations:
    """Return the words of one of `languages()`."""
    if language == SOURCE:
        return NullTranslations()
    with (_LOCALE / f"{language}.po").open("rb") as lines:
        compiled = BytesIO()
        write_mo(compiled, read_po(lines, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def spoken_here(wanted: Sequence[str]) -> tuple[str, ...]:
    """Return those of a site's languages that there are words in: at least one."""
    return tuple(one for one in wanted if one in languages()) or (SOURCE,)


def choose(offered: Sequence[str], *, chosen: str = "", accept: str = "") -> str:
    """Return the trainee's own choice, else the best for the browser, else the site's first.

    `chosen` (a cookie) and `accept` (Accept-Language, RFC 9110 12.5.4) come from a browser.
    """
    if chosen in offered:
        return chosen
    found = negotiate_locale(_preferred(accept[:_LONGEST_HEADER]), offered, sep="-")
    return found if found is not None and found in offered else offered[0]


def _preferred(accept: str) -> list[str]:
    weighed = []
    for part in accept.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((float(weight or 1), tag.strip()))
        except ValueError:
            continue
    # A stable sort: of equals, the first counts.
    return [tag for weight, tag in sorted(weighed, key=lambda one: -one[0]) if tag and weight > 0]


def zone(name: str) -> tzinfo | None:
    """Return the time zone of that name (a cookie), or None: then the site's own counts."""
    return ZoneInfo(name) if name in _zones() else None


@lru_cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def site_zone() -> tzinfo:
    """Return the zone of the machine that this runs on."""
    return datetime.now().astimezone().tzinfo or ZoneInfo("UTC")
