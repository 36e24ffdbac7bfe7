"""What can go wrong, as a person should read it.

    OnboardError                 message, hint, exit code; never a traceback
    ├── InvalidInput             a file or an option is wrong: names where, which key, and the fix
    ├── RefusedRequest           what a trainee asked for is not allowed here; nothing was started
    ├── BatchError               the batch system
    │   ├── SubmissionRejected   it answered no; `reason` is its own sentence
    │   └── BatchUnavailable     it did not answer, or not in a way we know
    └── MissingTool              a program or package that this step needs is not here

Every class pickles, so that it can cross a process border.
"""

from __future__ import annotations


class OnboardError(Exception):
    """A failure with a message (what and where), a hint (what to do) and an exit code."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self.hint))

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


def _rebuild(kind: type[OnboardError], message: str, hint: str) -> OnboardError:
    return kind(message, hint=hint)


class InvalidInput(OnboardError):
    """A file, key or option that a person wrote is wrong."""


class RefusedRequest(OnboardError):
    """A trainee's request that this machine or this user does not allow."""


class BatchError(OnboardError):
    """Something between us and the batch system."""


class SubmissionRejected(BatchError):
    """The batch system answered, and the answer was no."""


class BatchUnavailable(BatchError):
    """The batch system did not answer in time, or answered something unknown."""


class MissingTool(OnboardError):
    """A program or package that this step needs is not on this machine."""
