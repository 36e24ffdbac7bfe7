"""The header of the hub's own pages and that of the course pages lead to the same places."""

from __future__ import annotations

import re
from importlib.resources import files

HUB = files("hub_config") / "templates" / "page.html"
COURSES = files("courses.service") / "templates" / "base.html"


def test_no_link_comes_or_goes_between_the_hubs_pages_and_the_course_pages() -> None:
    of_the_hub, of_the_courses = (
        re.findall(r'_\("(.+?)"\)', template.read_text().partition('class="site-nav"')[2])
        for template in (HUB, COURSES)
    )

    assert of_the_courses[:4] == ["Site", "Courses", "Session", "My learning"]
    assert of_the_hub[:4] == of_the_courses[:4]
