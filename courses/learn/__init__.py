"""What a lesson uses inside the kernel: exercises and quizzes, and facts about the session.

    from courses.learn import Check, exercise, lesson, quiz, session

It imports the standard library, IPython and ipywidgets, and nothing else of this project.
"""

from __future__ import annotations

from courses.learn.checks import (
    ArrayCheck,
    CannotTell,
    Check,
    FrameCheck,
    FunctionCheck,
    GpuCheck,
    JobCheck,
    NumberCheck,
    PlotCheck,
    State,
    TextCheck,
)
from courses.learn.exercise import exercise, show_hint, show_solution
from courses.learn.lesson import lesson
from courses.learn.quiz import answer, quiz
from courses.learn.session import Session, session

__all__ = [
    "ArrayCheck",
    "CannotTell",
    "Check",
    "FrameCheck",
    "FunctionCheck",
    "GpuCheck",
    "JobCheck",
    "NumberCheck",
    "PlotCheck",
    "Session",
    "State",
    "TextCheck",
    "answer",
    "exercise",
    "lesson",
    "quiz",
    "session",
    "show_hint",
    "show_solution",
]
