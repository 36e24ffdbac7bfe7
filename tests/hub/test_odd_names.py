"""People with odd names: refused in a sentence or served, at each layer; nothing is run."""

from __future__ import annotations

import subprocess
import time

import pytest
from attacker import ask, make_user, user_path
from pydantic import ValidationError
from running_site import RunningSite, until
from traitlets.config import Config

from hub_config import site
from hub_config.configure import configure
from hub_config.login import PasswordFileAuthenticator
from hub_config.secret_store import load_or_make
from hub_config.signin import Login

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PLAIN = ("ann.lee", "a-b")
ODD = (
    "ünal",
    "x y",
    "a;touch owned",
    "$(touch owned)",
    "`touch owned`",
    "a\ntouch owned",
    "-rf",
    "--comment=x",
    "'\"",
    "{user}",
    "%j",
    "a" * 300,
)
PATHS = ("..", ".", "../x", "/etc/passwd", "a/../../b")
SYSTEM = ("root", "onboard-hub", "no-such-user")


@pytest.mark.parametrize("name", [*ODD, *PATHS, "", "Ann", "ann\n"])
def test_a_sites_file_lets_no_odd_name_sign_in(name: str) -> None:
    with pytest.raises(ValidationError):
        Login(users=(name,))


@pytest.mark.parametrize("name", [*ODD, *PATHS, *SYSTEM, "", "\x00", "trainee\x00"])
def test_the_sign_in_form_refuses_an_odd_name(local_site: RunningSite, name: str) -> None:
    with local_site.sign_in(name, "some password") as nobody:
        assert not nobody.signed_in
        form = {"username": name, "password": "some password", "_xsrf": nobody.xsrf}

        answer = nobody.http.post("/hub/login", data=form)

    assert answer.status_code == 403
    assert "Invalid username or password" in answer.text


@pytest.mark.parametrize("fields", [(), ("username",), ("password",)])
def test_a_sign_in_form_that_lacks_something_is_refused(
    local_site: RunningSite, fields: tuple[str, ...]
) -> None:
    with local_site.sign_in("nobody", "wrong") as nobody:
        form = {**dict.fromkeys(fields, "trainee"), "_xsrf": nobody.xsrf}

        answer = nobody.http.post("/hub/login", data=form)

    assert answer.status_code == 400


@pytest.mark.parametrize("name", [*ODD, *PATHS, "ann\n"], ids=ascii)
def test_nobody_of_that_name_can_be_at_the_hub(local_site: RunningSite, name: str) -> None:
    # What every way in asks: a form, a provider of sign-ins, the REST API.
    door = PasswordFileAuthenticator(config=configured(local_site))

    assert not door.validate_username(name)
    assert all(door.validate_username(one) for one in (*PLAIN, "trainee01"))


def configured(local_site: RunningSite) -> Config:
    loaded = site.load(local_site.name, data_dir=local_site.data_dir)
    return configure(loaded, load_or_make(loaded.hub_dir), loaded.batch())


def stands(site: RunningSite, name: str) -> str:
    """Return "ready", "over", or "" while a user's session is on its way."""
    model = ask(site, "GET", user_path(name)).json()
    server = model.get("servers", {}).get("", {})
    return "ready" if server.get("ready") else "" if server.get("pending") else "over"


@pytest.mark.parametrize("name", [*PLAIN, *ODD], ids=ascii)
def test_where_all_are_one_system_user_a_name_is_a_name(
    attacked_site: RunningSite, name: str
) -> None:
    # given somebody whom no sign-in here would let in
    assert make_user(attacked_site, name).status_code in (201, 409), name
    workspaces = attacked_site.data_dir / "workspaces"
    before = set(workspaces.iterdir()) if workspaces.exists() else set()
    try:
        # when a session is started for them
        answer = ask(attacked_site, "POST", f"{user_path(name)}/server")

        # then it works in a folder of its own beside the others', or is refused in a sentence
        assert answer.status_code in (201, 202, 400), answer.text
        if answer.status_code == 400:
            assert answer.json()["message"].endswith(".")
        else:
            outcome = until(lambda: stands(attacked_site, name), "it came to something", 60)
            made = {path for path in workspaces.iterdir() if path not in before}
            assert (outcome, len(made)) in (("ready", 1), ("over", 0)), (outcome, made)
    finally:
        ask(attacked_site, "DELETE", f"{user_path(name)}/server")
        until(lambda: stands(attacked_site, name) == "over", "it is over", 30)
        ask(attacked_site, "DELETE", user_path(name))
    assert not list(attacked_site.data_dir.rglob("owned"))
    assert " 500 " not in (attacked_site.data_dir / "hub" / "hub.log").read_text()


def jobs_since(began: float) -> str:
    """Return what anybody submitted as a session since then, whatever became of it."""
    query = ["squeue", "--noheader", "--states=all", "--name=onboard-session", "--format=%i|%u|%V"]
    environ = {"PATH": "/usr/bin:/bin", "SLURM_TIME_FORMAT": "%s"}
    shown = subprocess.run(
        query, capture_output=True, text=True, timeout=20, check=True, env=environ
    ).stdout
    return "\n".join(
        line for line in shown.splitlines() if int(line.rsplit("|", 1)[1]) >= int(began)
    )


@pytest.mark.slurm
def test_where_a_session_runs_as_its_user_only_a_trainees_name_is_one(
    attacked_cluster_site: RunningSite,
) -> None:
    names = (*PLAIN, *ODD, *SYSTEM)
    began = time.time()
    answers = {}
    for name in names:
        assert make_user(attacked_cluster_site, name).status_code in (201, 409), name
        answers[name] = ask(attacked_cluster_site, "POST", f"{user_path(name)}/server")
    log = (attacked_cluster_site.data_dir / "hub" / "hub.log").read_text()

    # Refused by ourselves; a name that could be that of a trainee by sudo: for trainees alone.
    assert {name: one.status_code for name, one in answers.items()} == dict.fromkeys(names, 400)
    for name, answer in answers.items():
        ours = "A session cannot be started for the user" in answer.json()["message"]
        assert ours == (name in ODD), (name, answer.text)
        assert ours or "The scheduler refused the job: " in answer.text, (name, answer.text)
    assert jobs_since(began) == ""
    assert " 500 " not in log
