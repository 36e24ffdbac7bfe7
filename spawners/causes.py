"""How a session can end, or fail to begin: what happened and what to do, for each cause. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from spawners.machine import Model
from spawners.standing import Cause
from spawners.words import later


class EndWords(Model):
    """What happened, and what to do."""

    what: str
    hint: str


_AGAIN = later("Start it again.")
_FILES = later("Your files are where you left them. Start a lesson again to go on.")
_TELL = later("Try it again. If it fails again, show this page to the site's operators.")

_WORDS: Mapping[Cause, EndWords] = {
    Cause.REFUSED: EndWords(
        what=later("What was asked for is not allowed here, so nothing was started."),
        hint=later("Choose something else, or ask the site's operators."),
    ),
    Cause.REJECTED: EndWords(
        what=later("The scheduler did not accept your session."),
        hint=later("Choose another size, or show this page to the site's operators."),
    ),
    Cause.SCHEDULER_SILENT: EndWords(
        what=later("The scheduler does not answer just now, so nothing was started."),
        hint=later("Sessions that run go on running. Try again in a few minutes."),
    ),
    Cause.OUT_OF_MEMORY: EndWords(
        what=later("The session needed more memory than it has, and was ended."),
        hint=later("Your files are where you left them. Work on less data, or choose more memory."),
    ),
    Cause.TIME_LIMIT: EndWords(what=later("The session's time was up."), hint=_FILES),
    Cause.NODE_FAILED: EndWords(
        what=later("The computer that the session ran on has failed."),
        hint=later("It was not your fault. Your files are safe: start it again."),
    ),
    Cause.ENVIRONMENT_MISSING: EndWords(
        what=later("The software for this session was not found where it started."),
        hint=later("This is for the site's operators to mend: show them this page."),
    ),
    Cause.FOLDER_NOT_MADE: EndWords(
        what=later("The folder for your courses could not be made."),
        hint=later("Most often your storage is full: delete what you do not need, and try again."),
    ),
    Cause.NO_ROOM: EndWords(
        what=later("There was no room for what a session must write, so it could not begin."),
        hint=later("Most often your storage is full: delete what you do not need, and try again."),
    ),
    Cause.NOT_REACHED: EndWords(
        what=later("The session had its place, but nothing was heard from it."), hint=_TELL
    ),
    Cause.STOPPED: EndWords(what=later("You ended it."), hint=_AGAIN),
    Cause.CANCELLED: EndWords(
        what=later("The session was ended by the site's operators, or by the scheduler."),
        hint=later("Your files are where you left them. Start it again, or ask the operators why."),
    ),
    Cause.IDLE: EndWords(
        what=later("Nothing was done in the session for a long time, so it was ended for others."),
        hint=_FILES,
    ),
    Cause.GPU_IDLE: EndWords(
        what=later("The session's GPU was not used for a long time, so it was ended for others."),
        hint=later("Your files are where you left them. For work without a GPU choose a CPU size."),
    ),
    Cause.FAILED: EndWords(what=later("The session stopped with an error."), hint=_TELL),
    Cause.FINISHED: EndWords(what=later("The session was shut down from JupyterLab."), hint=_FILES),
    Cause.GONE: EndWords(
        what=later("The session has ended; the scheduler no longer knows how."), hint=_FILES
    ),
}


def of(cause: Cause) -> EndWords:
    """Return what a cause is called, and what to do about it; translated where it is shown."""
    return _WORDS[cause]
