"""What a lesson uses inside the kernel: checked exercises, and facts about the session.

    from courses.learn import Check, exercise, session

It imports the standard library, IPython and ipywidgets, and nothing else of this project.
"""

from __future__ import annotations

from courses.learn.checks import Check, State
from courses.learn.session import Session, session
from courses.learn.widgets import exercise

__all__ = ["Check", "Session", "State", "exercise", "session"]
