"""Sentences, times and numbers in one trainee's language and time zone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_decimal

from spawners import language as languages

# Europe's order of day and month also for English: "23 November 2026".
_REGION = {"en": "en_GB"}
_MINUTE_S = 60
_SOON_S = 60.0
# Nobody knows the end of a queue to the minute.
_GRAIN_MIN = 5


def later(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


@dataclass(frozen=True)
class Words:
    """How one trainee reads: `language` is one of `languages.languages()`."""

    language: str = languages.SOURCE
    zone: tzinfo = field(default_factory=languages.site_zone)

    def gettext(self, text: str) -> str:
        """Translate; a text that is in no catalogue stays as it is."""
        # An empty text is the name of a catalogue's own header.
        return languages.catalogue(self.language).gettext(text) if text else ""

    def ngettext(self, one: str, many: str, number: int) -> str:
        """Translate, in the form that the number asks for."""
        return languages.catalogue(self.language).ngettext(one, many, number)

    @property
    def locale(self) -> Locale:
        """The rules for dates and numbers."""
        return Locale.parse(_REGION.get(self.language, self.language))

    def about(self, moment: float, now: float) -> str:
        """Say when something is expected: `about 14:30`. Both in Unix seconds."""
        if moment - now < _SOON_S:
            return self.gettext("any moment")
        at = self._rounded(moment)
        clock = format_time(at, "HH:mm", locale=self.locale)
        days = (at.date() - self._local(now).date()).days
        if days <= 0:
            return self.gettext("about {time}").format(time=clock)
        if days == 1:
            return self.gettext("tomorrow about {time}").format(time=clock)
        weekday = format_date(at, "EEEE", locale=self.locale)
        day = f"{weekday} {format_skeleton('MMMMd', at, locale=self.locale)}"
        return self.gettext("{day}, about {time}").format(day=day, time=clock)

    def at(self, moment: float, now: float) -> str:
        """Say when something was: `14:30`, `23 November 2026, 14:30`. Both in Unix seconds."""
        then = self._local(moment)
        clock = format_time(then, "HH:mm", locale=self.locale)
        if then.date() == self._local(now).date():
            return clock
        return f"{format_date(then, 'long', locale=self.locale)}, {clock}"

    def day(self, moment: str) -> str:
        """Say on which day an ISO date is: `23 November 2026`; no date is shown as it is."""
        try:
            return format_date(datetime.fromisoformat(moment), "long", locale=self.locale)
        except ValueError:
            return moment

    def listed(self, words: Sequence[str]) -> str:
        """Say several things in a row: `a, b and c`."""
        return format_list(words, locale=self.locale) if words else ""

    def memory(self, mib: int) -> str:
        """Say an amount of memory: `512 MiB`, `1.5 GiB`."""
        if mib < 1024:
            return f"{mib} MiB"
        return f"{format_decimal(mib / 1024, '#,##0.##', locale=self.locale)} GiB"

    def _local(self, moment: float) -> datetime:
        return datetime.fromtimestamp(moment, self.zone)

    def _rounded(self, moment: float) -> datetime:
        at = self._local(moment)
        over = at.minute % _GRAIN_MIN
        # Up: a place that is free early pleases, one that is late does not.
        return at + timedelta(minutes=_GRAIN_MIN - over if over else 0)


def words_for(
    offered: Sequence[str], *, chosen: str = "", accept: str = "", zone: str = ""
) -> Words:
    """Return how a browser's user reads, from two cookies and a header; none of them is trusted."""
    language = languages.choose(languages.spoken_here(offered), chosen=chosen, accept=accept)
    return Words(language, languages.zone(zone) or languages.site_zone())


def own_name(language: str) -> str:
    """Say a language in itself: `Deutsch`."""
    try:
        return (Locale.parse(language).get_display_name() or language).capitalize()
    except (UnknownLocaleError, ValueError):
        return language


def lasted(seconds: float) -> str:
    """Say how long: `40 s`, `12 min`, `1 h 5 min`. The same in every language we have."""
    whole = max(0, int(seconds))
    return f"{whole} s" if whole < _MINUTE_S else duration(whole // _MINUTE_S)


def duration(minutes: int) -> str:
    """Say a number of minutes: `15 min`, `1 h 5 min`."""
    hours, rest = divmod(minutes, 60)
    parts = (f"{hours} h" if hours else "", f"{rest} min" if rest else "")
    return " ".join(part for part in parts if part) or "0 min"
