"""A kernel's own sender at the service's own door, with TLS: each knows who the other is."""

import asyncio
import ssl
from functools import partial

import authorities
import pytest
from authorities import issued
from fake_hub import SESSION_TOKEN
from tornado.testing import bind_unused_port

from courses.learn.events import Event
from courses.learn.identity import Identity, identity_of
from courses.learn.service import NotNowError, Service, service_of
from courses.service.events.door import Certificate, Door
from courses.service.store import reading


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return authorities.make(tmp_path_factory.mktemp("internal-ssl"))


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """Another site's authorities."""
    return authorities.make(tmp_path_factory.mktemp("foreign-ssl"))


@pytest.fixture
def listens(store, pages):
    """Open a door with some certificate; return the address behind it."""
    doors = []

    def listen(own=None):
        own = own or issued(store, "hub-ca", "localhost")
        socket, port = bind_unused_port()
        socket.close()
        tls = Certificate(key=own, certificate=own, authorities=store / "hub-ca_trust.crt")
        doors.append(Door(host="127.0.0.1", port=port, tls=tls).open(pages))
        return f"https://localhost:{port}{pages.prefix}api/events"

    yield listen
    for one in doors:
        one.stop()


def told():
    return Event(seq=1, kind="lesson-opened", course="welcome", release="1.2.0", lesson="first")


async def post(url, identity, event):
    """Send it as a kernel does, from a thread."""
    service = Service(url, SESSION_TOKEN, identity)
    return await asyncio.to_thread(service.post, [event])


async def people(learning):
    return {
        one.user for one in (await learning.read(partial(reading.of_class, course="welcome"))).cells
    }


async def test_a_kernel_with_its_sessions_certificate_is_heard(store, listens, learning):
    # given what a kernel finds in its environment
    env = {
        **authorities.session(store, "anna"),
        "ONBOARD_EVENTS_URL": listens(),
        "JUPYTERHUB_API_TOKEN": SESSION_TOKEN,
    }
    service = service_of(env)

    # when it sends twice
    event = told()
    refused = [await asyncio.to_thread(service.post, [event]) for _ in range(2)]

    # then
    assert refused == [(), ()]
    assert await people(learning) == {"anna"}


async def test_a_certificate_is_read_once(store, listens, monkeypatch):
    # given
    made = []
    context = Identity.context
    monkeypatch.setattr(Identity, "context", lambda self: made.append(self) or context(self))
    service = Service(listens(), SESSION_TOKEN, identity_of(authorities.session(store, "anna")))
    assert made == []

    # when
    for _ in range(3):
        await asyncio.to_thread(service.post, [told()])

    # then
    assert len(made) == 1


async def test_another_sites_certificate_is_not_heard(store, foreign, listens, learning):
    # given somebody who trusts the door, and has a certificate that it does not know
    other = issued(foreign, "notebooks-ca", "anna")
    identity = Identity(str(other), str(other), str(store / "notebooks-ca_trust.crt"))

    # when
    with pytest.raises(NotNowError):
        await post(listens(), identity, told())

    # then
    assert await people(learning) == set()


async def test_without_a_certificate_nothing_is_heard_and_nothing_sent(store, listens, learning):
    # given
    url = listens()
    nobody = ssl.create_default_context(cafile=str(store / "notebooks-ca_trust.crt"))

    # when somebody asks without one
    reader, writer = await asyncio.open_connection(
        "localhost", int(url.split(":")[2].split("/")[0]), ssl=nobody
    )
    writer.write(b"POST / HTTP/1.1\r\n\r\n")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await reader.readexactly(1)
    writer.close()

    # then a kernel without one does not even try
    env = {"ONBOARD_EVENTS_URL": url, "JUPYTERHUB_API_TOKEN": SESSION_TOKEN}
    assert service_of(env) is None
    assert await people(learning) == set()


@pytest.mark.parametrize(
    ("whose", "authority", "name"),
    [
        ("foreign", "hub-ca", "localhost"),  # another site's hub
        ("store", "notebooks-ca", "localhost"),  # a session never has this name
        ("store", "hub-ca", "elsewhere.example.org"),
    ],
)
async def test_a_kernel_gives_its_token_to_nobody_but_the_hubs_host(
    store, foreign, listens, learning, whose, authority, name
):
    # given somebody who listens in the door's place
    own = issued({"store": store, "foreign": foreign}[whose], authority, name)

    # when
    with pytest.raises(NotNowError):
        await post(listens(own), identity_of(authorities.session(store, "anna")), told())

    # then
    assert await people(learning) == set()


async def test_a_certificate_that_is_gone_is_a_reason_to_try_later(listens, tmp_path):
    gone = Identity(*3 * (str(tmp_path / "gone"),))

    with pytest.raises(NotNowError):
        await post(listens(), gone, told())
