"""Where a session stands -> words for people: why it waits, why it ended. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from spawners import causes, ending, reasons
from spawners.jobs import JobState, JobStatus
from spawners.machine import Model
from spawners.standing import Cause, End, Phase, QueuePlace, Standing
from spawners.words import Words, lasted, later

_OLD_S = 30.0
"""An answer of the scheduler that is older than this is said to be old."""
_ENGLISH = Words()


class Fact(Model):
    """One thing to know at a glance: `Your place`, `3 of 7`."""

    name: str
    value: str


class Explanation(Model):
    """What a page says of a session. Nothing in it is safe to put into a page unescaped."""

    heading: str
    message: str
    hint: str = ""
    """What to do."""
    facts: tuple[Fact, ...] = ()
    note: str = ""
    """How far this can be relied on, where the scheduler has not answered lately."""
    detail: str = ""
    """What the scheduler itself said, in its own language."""
    log: tuple[str, ...] = ()


_HEADINGS: Mapping[Phase, str] = {
    Phase.NONE: later("You have no session"),
    Phase.QUEUED: later("Your session is in the queue"),
    Phase.STARTING: later("Your session is starting"),
    Phase.READY: later("Your session is running"),
    Phase.ENDING: later("Your session is ending"),
    Phase.FAILED: later("Your session did not start"),
    Phase.ENDED: later("Your session has ended"),
}
_MESSAGES: Mapping[Phase, str] = {
    Phase.NONE: later("No session is starting."),
    Phase.STARTING: later("Your session has its place and is starting."),
    Phase.READY: later("Your session is ready. Opening the lesson …"),
    Phase.ENDING: later("Your last session is still ending."),
}
# Of other causes the detail is our own sentence again, in English.
_SAYS_MORE = (Cause.REFUSED, Cause.REJECTED, Cause.SCHEDULER_SILENT, Cause.FAILED, Cause.CANCELLED)
_UNKNOWN_END = later("It is not known how the session ended.")
_SILENT = later("The scheduler does not answer just now")
_KEEPS = later("Your session keeps its place, and goes on by itself. Asking again …")


def explain(standing: Standing, words: Words, now: float) -> Explanation:
    """Say where a session stands; `now` in Unix seconds."""
    if standing.end is not None and standing.phase in (Phase.FAILED, Phase.ENDED):
        return _over(standing, standing.end, words, now)
    if standing.phase in (Phase.QUEUED, Phase.STARTING):
        return _on_its_way(standing, words, now)
    return _plain(standing.phase, words)


def _plain(phase: Phase, words: Words) -> Explanation:
    return Explanation(
        heading=words.gettext(_HEADINGS[phase]),
        message=words.gettext(_MESSAGES.get(phase, _UNKNOWN_END)),
    )


def _on_its_way(standing: Standing, words: Words, now: float) -> Explanation:
    found = _plain(standing.phase, words)
    note = _age(standing, words)
    if not standing.scheduler_answers:
        heading, message = words.gettext(_SILENT), words.gettext(_KEEPS)
        return Explanation(heading=heading, message=message, note=note)
    if standing.phase is Phase.STARTING:
        return found.model_copy(update={"facts": _node(standing.job, words), "note": note})
    job = standing.job or QueuePlace(job_id="")
    message, hint = why(job.reason, words)
    return found.model_copy(
        update={
            "message": message,
            "hint": hint,
            "facts": _place(job, words) + (() if hint else _start(job, words, now)),
            "note": note,
        }
    )


def why(reason: str, words: Words) -> tuple[str, str]:
    """Say why a job waits, and what to do if waiting alone does not help.

    A code that is not known is shown as it is.
    """
    if not reason:
        return words.gettext("Your session is in the queue."), ""
    known = reasons.known(reason)
    if known is None:
        text = words.gettext("Your session is in the queue ({reason}).")
        return text.format(reason=reason), ""
    return words.gettext(known.words), words.gettext(known.hint)


def _place(job: QueuePlace, words: Words) -> tuple[Fact, ...]:
    if job.position is None:
        return ()
    if job.waiting is None or job.waiting < job.position:
        place = str(job.position)
    else:
        place = words.gettext("{place} of {waiting} waiting").format(
            place=job.position, waiting=job.waiting
        )
    return (Fact(name=words.gettext("Your place"), value=place),)


def _start(job: QueuePlace, words: Words, now: float) -> tuple[Fact, ...]:
    if job.expected_start is None:
        return ()
    when = words.about(job.expected_start, now)
    return (Fact(name=words.gettext("Expected start"), value=when),)


def _node(job: QueuePlace | None, words: Words) -> tuple[Fact, ...]:
    if job is None or not job.host:
        return ()
    return (Fact(name=words.gettext("Where"), value=job.host),)


def _age(standing: Standing, words: Words) -> str:
    if standing.age_s is None or (standing.scheduler_answers and standing.age_s <= _OLD_S):
        return ""
    text = words.gettext("The scheduler last answered {time} ago.")
    return text.format(time=lasted(standing.age_s))


def _over(standing: Standing, end: End, words: Words, now: float) -> Explanation:
    known = causes.of(end.cause)
    # Who ended it before it was there did so on purpose: nothing failed.
    heading = _HEADINGS[Phase.ENDED if end.cause is Cause.STOPPED else standing.phase]
    facts = [Fact(name=words.gettext("When"), value=words.at(end.at, now))]
    if end.job_id:
        facts.append(Fact(name=words.gettext("Job number"), value=end.job_id))
    if end.exit_code:
        facts.append(Fact(name=words.gettext("Exit code"), value=str(end.exit_code)))
    return Explanation(
        heading=words.gettext(heading),
        message=words.gettext(known.what),
        hint=words.gettext(known.hint),
        facts=tuple(facts),
        detail=end.detail if end.cause in _SAYS_MORE else "",
        log=end.log,
    )


def progress(status: JobStatus, words: Words = _ENGLISH) -> str:
    """Say in a sentence where a job stands on its way to a session."""
    if status.state is JobState.PENDING:
        return why(status.reason, words)[0]
    if status.state is JobState.RUNNING:
        return words.gettext(_MESSAGES[Phase.STARTING])
    if status.state is JobState.UNKNOWN:
        return words.gettext(_SILENT)
    return ended(status, words)


def ended(status: JobStatus, words: Words = _ENGLISH) -> str:
    """Say in a sentence how a job ended."""
    return words.gettext(causes.of(ending.of_job(status)).what)
