"""Checks: the plain one, those that are ready made, and how an answer is held against them."""

from __future__ import annotations

from courses.learn.checks.array import ArrayCheck
from courses.learn.checks.base import AnyCheck, CannotTell, Check, Report, State, Verdict
from courses.learn.checks.frame import FrameCheck
from courses.learn.checks.function import FunctionCheck
from courses.learn.checks.gpu import GpuCheck
from courses.learn.checks.job import JobCheck
from courses.learn.checks.judging import judge
from courses.learn.checks.number import NumberCheck
from courses.learn.checks.plot import PlotCheck
from courses.learn.checks.text import TextCheck

__all__ = [
    "AnyCheck",
    "ArrayCheck",
    "CannotTell",
    "Check",
    "FrameCheck",
    "FunctionCheck",
    "GpuCheck",
    "JobCheck",
    "NumberCheck",
    "PlotCheck",
    "Report",
    "State",
    "TextCheck",
    "Verdict",
    "judge",
]
