"""Return addresses that lead elsewhere: no answer sends a browser to another host."""

from __future__ import annotations

import contextlib
import re
import socket
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from urllib.parse import quote, urljoin, urlsplit

import httpx
import psutil
import pytest
from running_site import Browser, RunningSite

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

EVIL = "evil.example"
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "////evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "\\/evil.example/",
    "/\t/evil.example/",
    "\t//evil.example/",
    " //evil.example/",
    "/\n/evil.example/",
    "https:evil.example",
    "https:/evil.example",
    "http:///evil.example",
    "https://127.0.0.1@evil.example/",
    "https://127.0.0.1.evil.example/",
    "https://evil.example#127.0.0.1",
    "//evil.example\\@127.0.0.1/",
    "javascript:alert(1)",
    "data:text/html,evil",
    "/%2f/evil.example/",
    "/%5cevil.example/",
    "%2f%2fevil.example/",
    "/..//evil.example/",
    "/hub/..//evil.example",
    "/.//evil.example/",
)
SPLITTING = (
    "/hub/home\r\nX-Evil: 1",
    "/hub/home%0d%0aX-Evil:%201",
    "/hub/home\nSet-Cookie: evil=1",
)


def leads_to(base: str, location: str) -> tuple[str, str]:
    """Return scheme and host of an address, as a browser reads it (WHATWG URL, section 4.4)."""
    read = re.sub(r"[\t\r\n]", "", location).strip("\x00 ")
    path, mark, rest = read.partition("?")
    # A browser takes a backslash for a slash, and any number of them for two.
    path = path.replace("\\", "/")
    path = re.sub(r"^(https?:)?/{2,}", lambda found: (found[1] or "") + "//", path)
    target = urlsplit(urljoin(base, path + mark + rest))
    return target.scheme, target.hostname or ""


def stays(answer: httpx.Response) -> bool:
    """Whether an answer, and a page in it that leads on, keep to the host that gave it."""
    where = [answer.headers.get("Location", ""), answer.headers.get("Refresh", "")]
    refresh = re.search(r'http-equiv="refresh" content="[^"]*url=([^"]*)"', answer.text, re.I)
    where += [refresh[1]] if refresh else []
    found = {leads_to(str(answer.request.url), one) for one in where if one}
    split = {"x-evil", "evil"} & {*answer.headers, *answer.cookies}
    return found <= {("http", "127.0.0.1")} and not split


def test_what_a_browser_makes_of_an_address() -> None:
    base = "http://127.0.0.1:8000/hub/login"
    away = [one for one in ELSEWHERE[:10] if leads_to(base, one)[1] != EVIL]

    assert away == []
    assert leads_to(base, "/hub/home?next=//evil.example")[1] == "127.0.0.1"
    assert leads_to(base, "javascript:alert(1)")[0] == "javascript"


@pytest.fixture(scope="module")
def trainee(local_site: RunningSite) -> Iterator[Browser]:
    with local_site.sign_in("trainee") as browser:
        browser.http.get("/services/courses/")
        yield browser


@pytest.mark.parametrize("target", [*ELSEWHERE, *SPLITTING], ids=ascii)
def test_the_hubs_return_address(local_site: RunningSite, trainee: Browser, target: str) -> None:
    with httpx.Client(base_url=local_site.address, timeout=20) as nobody:
        nobody.get("/hub/login")
        xsrf = next(one.value for one in nobody.cookies.jar if one.path == "/hub/")
        form = {
            "username": "trainee",
            "password": local_site.passwords["trainee"],
            "_xsrf": xsrf,
        }
        answers = [
            nobody.get("/hub/logout", params={"next": target}),
            nobody.get("/hub/login", params={"next": target}),
            nobody.get("/hub/home", params={"next": target}),
            nobody.post("/hub/login", params={"next": target}, data=form),
        ]
    # Tornado itself gives up on an answer that a line's end would split.
    assert answers[-1].status_code == 302 or target in SPLITTING
    for path in ("login", "home", "spawn", "token", "error/404", "spawn-pending/trainee", ""):
        answers.append(
            trainee.http.get(f"/hub/{path}", params={"next": target}, follow_redirects=False)
        )

    assert [one.url for one in answers if not stays(one)] == []
    assert target in SPLITTING or not [one.url for one in answers if one.status_code >= 500]


@pytest.mark.parametrize("target", ELSEWHERE, ids=ascii)
def test_the_end_of_a_sign_in_at_the_course_pages(trainee: Browser, target: str) -> None:
    pages = "/services/courses/"
    state = urlsafe_b64encode(f'{{"next_url": "{target}", "uuid": "0"}}'.encode()).decode()
    authorize = {
        "client_id": "service-courses",
        "response_type": "code",
        "redirect_uri": target,
        "state": state,
    }

    def ask(path: str, query: dict[str, str], **cookies: str) -> httpx.Response:
        kept = "; ".join(f"{name}={value}" for name, value in cookies.items())
        headers = {"Cookie": kept} if kept else {}
        return trainee.http.get(path, params=query, headers=headers, follow_redirects=False)

    answers = [
        ask(f"{pages}oauth_callback", {"code": "x", "state": state}),
        ask(f"{pages}oauth_callback", {"code": "x", "state": target}),
        ask(f"{pages}oauth_callback", {"code": "x", "state": state, "next": target}),
        ask(
            f"{pages}oauth_callback",
            {"code": "x", "state": state},
            **{"service-courses-oauth-state": state},
        ),
        ask(f"{pages}oauth_callback", {"error": "x", "error_description": target}),
        ask(pages, {"next": target, "next_url": target}),
        ask("/hub/api/oauth2/authorize", authorize),
    ]

    assert [one.url for one in answers if not stays(one)] == []
    assert [one.url for one in answers if one.status_code >= 500] == []
    # The hub gives no code to any address but the one that it has on record.
    assert answers[-1].status_code == 400


def raw(site: RunningSite, path: str, *lines: str) -> httpx.Response:
    """Ask for exactly this path, which a browser and httpx would put in order first."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        host = f"127.0.0.1:{site.port}"
        head = (f"GET {path} HTTP/1.1", f"Host: {host}", *(lines or ("Connection: close",)), "", "")
        connection.sendall("\r\n".join(head).encode())
        said = b"".join(iter(lambda: connection.recv(65536), b""))
    before, _, body = said.partition(b"\r\n\r\n")
    first, *rest = before.decode("latin-1").split("\r\n")
    headers = [tuple(line.split(": ", 1)) for line in rest]
    headers = [one for one in headers if one[0].lower() != "transfer-encoding"]
    request = httpx.Request("GET", f"http://{host}/")
    return httpx.Response(int(first.split()[1]), headers=headers, content=body, request=request)


PATHS = (
    "//evil.example/",
    "//evil.example/hub/",
    "///evil.example",
    "/\\evil.example/",
    "/hub//evil.example/",
    "//evil.example/%2e%2e/hub/login/",
    "//evil.example/..",
    "/services/courses//evil.example/",
    "/services/courses/..//evil.example",
    "/services/courses/%2f%2fevil.example/",
    "/user-redirect//evil.example",
    "/hub/user-redirect//evil.example",
    "/hub/user-redirect/%2f%2fevil.example",
    "/hub/user//evil.example/",
    "/user//evil.example/",
    "/hub/api//evil.example/",
    "http://evil.example/",
    "http://evil.example/hub/home",
    "http://evil.example/services/courses/",
    "/hub/home%0d%0aX-Evil:%201/",
    "/services/courses/%0d%0aX-Evil:%201/",
)


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_no_host(local_site: RunningSite, path: str) -> None:
    answer = raw(local_site, path)

    assert stays(answer), answer.headers
    assert answer.status_code < 500


@pytest.mark.parametrize("path", ["/%ff", "/user/%ff/", "/user/trainee/%c0%af", "/hub/%"])
def test_a_path_that_is_no_text_ends_nothing(local_site: RunningSite, path: str) -> None:
    # The proxy itself answers 500 to these; it must be there for the next one.
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
    proxy = next(
        one
        for one in psutil.Process(local_site.process.pid).children(recursive=True)
        if "--default-target" in one.cmdline()
    )

    assert stays(raw(local_site, path))
    with contextlib.suppress(ValueError, OSError):  # it may hang up without a word
        raw(local_site, path, *upgrade, "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==")

    assert proxy.is_running()
    assert raw(local_site, "/hub/health").status_code == 200


@pytest.fixture(scope="module")
def started(local_site: RunningSite) -> Iterator[Browser]:
    """A trainee whose session runs, and whom it knows already."""
    with local_site.sign_in("trainee") as browser:
        browser.start(size="cpu-small")
        try:
            browser.ready()
            browser.http.get("/user/trainee/files/none")
            yield browser
        finally:
            browser.end()


NAMES = (
    "..",
    "%2e%2e",
    "..%2f..",
    "%2f%2fevil.example",
    "%5c%5cevil.example",
    "https:%2f%2fevil.example",
    "%0d%0aX-Evil:%201",
    "welcome%0d%0aX-Evil:%201",
    "%00",
    "a" * 5000,
    quote("<script>alert(1)</script>", safe=""),
)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:30])
def test_a_lesson_that_is_none_leads_nowhere_else(started: Browser, name: str) -> None:
    paths = [
        *(
            f"/user/trainee/onboard/open/{course}/{lesson}"
            for course, lesson in ((name, "first-session"), ("welcome", name), (name, name))
        ),
        *(
            f"/services/courses/{page}/{name}/{name}"
            for page in ("wait", "start", "restart", "courses")
        ),
        f"/services/courses/courses/{name}",
    ]

    answers = [started.http.get(path, follow_redirects=False) for path in paths]

    assert [one.url for one in answers if not stays(one)] == []
    assert [(f"{one.url}", one.text[:300]) for one in answers if one.status_code >= 500] == []
    assert not [one for one in answers if "<script>alert(1)" in one.text]
    assert not any(one.headers.get("Location", "").endswith(".ipynb") for one in answers)


def test_the_lesson_that_is_there_is_opened(started: Browser) -> None:
    answer = started.http.get(
        "/user/trainee/onboard/open/welcome/first-session", follow_redirects=False
    )

    assert answer.headers["Location"].endswith("/lab/tree/welcome/first-session.ipynb")
    assert stays(answer)


COOKIES = ('"><script>alert(1)</script>', "../../etc/passwd", "xx", "fr%0d%0aX-Evil:1", "//evil")


@pytest.mark.parametrize("value", COOKIES)
@pytest.mark.parametrize("cookie", ["onboard-language", "onboard-zone"])
def test_a_cookie_of_the_reader_is_one_of_ours_or_nothing(
    local_site: RunningSite, trainee: Browser, cookie: str, value: str
) -> None:
    kept = [f"{one.name}={one.value}" for one in trainee.http.cookies.jar]
    headers = {"Cookie": "; ".join([*kept, f"{cookie}={value}"]), "Accept-Language": "en"}

    for path in ("/services/courses/", "/hub/home", "/hub/login"):
        answer = trainee.http.get(path, headers=headers, follow_redirects=False)

        assert answer.status_code < 500
        assert stays(answer)
        assert "<script>alert(1)" not in answer.text
        assert answer.status_code != 200 or '<html lang="en">' in answer.text
