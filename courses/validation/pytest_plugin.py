"""pytest for courses: `pytest --onboard FOLDER`. An item a code cell, and one a lesson.

Loaded by every pytest run of an environment that has this package: nothing heavy is imported here.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("onboard", "courses (onboard)")
    group.addoption(
        "--onboard",
        action="store_true",
        help="Collect courses (course.toml), run their lessons, and judge each code cell.",
    )
    group.addoption(
        "--onboard-allow-not-validated",
        action="store_true",
        help="Skip what cannot be validated here (it needs a GPU, ...); else it fails.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Bring in the rest, where it is asked for."""
    if config.getoption("onboard"):
        from courses.validation.pytest_course import Courses

        config.pluginmanager.register(Courses(config), "onboard-courses")
