"""The cluster's own accounting: a private MariaDB, slurmdbd before it, and what they hold."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from hub_config.onebox import daemons, files
from hub_config.onebox.command import Answer, ask, do, last_words
from hub_config.onebox.daemons import Daemon
from hub_config.onebox.layout import Account, Layout, Limits, Qos
from spawners.errors import BatchError

_MAKE_LIMIT_S = 60.0
_IS_ON = "AccountingStorageType=accounting_storage/slurmdbd"
# What sacctmgr says, with exit code 1, when all is as it should be.
_NOTHING_TO_DO = ("Nothing new added", "Nothing modified", "already exist")


def mariadbd(layout: Layout) -> Daemon:
    """Return the database: reached by root, through its socket, and by nobody else."""
    return Daemon(
        "mariadbd",
        "mariadbd",
        (f"--defaults-file={_database_conf(layout)}",),
        layout.run_dir / "mariadbd.pid",
        layout.log_dir / "mariadbd.log",
        foreground=True,
    )


def slurmdbd(layout: Layout) -> Daemon:
    """Return Slurm's accounting daemon."""
    environment = (
        # slurmdbd.conf is looked for beside it. In /etc/slurm the distribution's own unit would
        # start a second slurmdbd at the next boot.
        ("SLURM_CONF", str(layout.database_dir / "slurm.conf")),
        ("MYSQL_UNIX_PORT", str(layout.database_socket)),
    )
    return Daemon(
        "slurmdbd",
        "slurmdbd",
        (),
        layout.run_dir / "slurmdbd.pid",
        layout.log_dir / "slurmdbd.log",
        environment=environment,
    )


def is_on(layout: Layout) -> bool:
    """Whether the cluster that stands here, up or not, was made with accounting."""
    conf = layout.slurm_conf
    return files.is_ours(conf) and _IS_ON in conf.read_text(errors="replace").splitlines()


def answers(layout: Layout) -> bool:
    """Whether both daemons run."""
    both = (mariadbd(layout), slurmdbd(layout))
    return all(daemons.find(layout, daemon) is not None for daemon in both)


def ensure(layout: Layout) -> None:
    """Have the database and slurmdbd running. Raises BatchError."""
    _prepare(layout)
    database, keeper = mariadbd(layout), slurmdbd(layout)
    daemons.ensure(layout, database)
    # slurmdbd asks a database that is not there again after five seconds.
    daemons.wait_until(lambda: _listens(layout), "The database does not answer", database)
    daemons.ensure_munged(layout)
    daemons.ensure(layout, keeper)
    daemons.wait_until(lambda: _knows_clusters(layout), "slurmdbd does not answer", keeper)


def stop(layout: Layout) -> None:
    """End slurmdbd, then the database; the history stays."""
    daemons.stop(layout, slurmdbd(layout))
    daemons.stop(layout, mariadbd(layout))


def fill(layout: Layout) -> None:
    """Have the accounts, QOS and users of the layout; what somebody changed since then stays.

    The controller must answer: it is the one that tells slurmdbd what a GPU is.
    """
    # Some seconds of work, done once for each layout: the database outlives the cluster.
    wanted = "".join(f"{' '.join(arguments)}\n" for arguments in commands(layout))
    done = layout.database_dir / "filled"
    if files.holds(done, wanted):
        return
    daemons.wait_until(lambda: _knows_gpus(layout), "slurmdbd knows no GPU", slurmdbd(layout))
    for arguments in commands(layout):
        _tell(layout, arguments)
    files.put(done, wanted)


def commands(layout: Layout) -> list[tuple[str, ...]]:
    """Return what sacctmgr(1) is told, in order; telling it again changes nothing. Pure."""
    return [
        ("add", "cluster", layout.cluster),
        *(one for qos in layout.qos for one in _qos(qos)),
        *(one for account in layout.accounts for one in _account(layout, account)),
        *_users(layout),
    ]


def _tell(layout: Layout, arguments: tuple[str, ...]) -> None:
    answer = ask("sacctmgr", "--immediate", *arguments, env=layout.environment)
    said = answer.stdout + answer.stderr
    if answer.returncode != 0 and not any(words in said for words in _NOTHING_TO_DO):
        raise BatchError(
            f"sacctmgr failed: {last_words(answer)}",
            hint=f"The command was: sacctmgr {' '.join(arguments)}",
        )


def _qos(qos: Qos) -> list[tuple[str, ...]]:
    settings = (f"Priority={qos.priority}", *_limits(qos))
    return [("add", "qos", qos.name), ("modify", "qos", qos.name, "set", *settings)]


def _account(layout: Layout, account: Account) -> list[tuple[str, ...]]:
    where = ("where", f"cluster={layout.cluster}")
    settings = (f"QOS={','.join(account.qos)}", f"DefaultQOS={account.qos[0]}", *_limits(account))
    about = (f"cluster={layout.cluster}", f"Description={account.title}", "Organization=onebox")
    return [
        ("add", "account", account.name, *about),
        ("modify", "account", account.name, *where, "set", *settings),
    ]


def _users(layout: Layout) -> list[tuple[str, ...]]:
    default = layout.accounts[0].name
    cluster = f"cluster={layout.cluster}"
    return [
        ("add", "user", ",".join(users), cluster, f"account={account.name}",
         f"DefaultAccount={default}")
        for account in layout.accounts
        if (users := layout.users_of(account))
    ]  # fmt: skip


def _limits(limits: Limits) -> list[str]:
    # -1 takes a limit away: one that an earlier layout had does not stay.
    shared = [f"GrpJobs={limits.jobs or -1}", f"GrpTRES=gres/gpu={limits.gpus or -1}"]
    if isinstance(limits, Account):
        return shared
    minutes = limits.max_time_s // 60 if limits.max_time_s else -1
    return [f"MaxWall={minutes}", f"MaxJobsPerUser={limits.jobs_per_user or -1}", *shared]


def _prepare(layout: Layout) -> None:
    layout.database_dir.mkdir(exist_ok=True)
    layout.database_dir.chmod(0o700)
    files.put(_database_conf(layout), files.render("mariadb.cnf.j2", layout=layout), mode=0o600)
    keeper = files.render("slurmdbd.conf.j2", layout=layout)
    files.put(layout.database_dir / "slurmdbd.conf", keeper, mode=0o600)
    data = layout.database_dir / "data"
    if data.exists():
        return
    # Made aside and then renamed: a broken-off database is never taken for a whole one.
    new = layout.database_dir / "data.new"
    shutil.rmtree(new, ignore_errors=True)
    do("mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={new}",
       "--auth-root-authentication-method=socket", "--skip-test-db",
       timeout_s=_MAKE_LIMIT_S)  # fmt: skip
    new.rename(data)


def _database_conf(layout: Layout) -> Path:
    return layout.database_dir / "mariadb.cnf"


def _knows_clusters(layout: Layout) -> bool:
    return _show(layout, "cluster").returncode == 0


def _listens(layout: Layout) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(layout.database_socket)) == 0


def _knows_gpus(layout: Layout) -> bool:
    return "gres" in _show(layout, "tres", "type=gres").stdout


def _show(layout: Layout, *what: str) -> Answer:
    return ask("sacctmgr", "--noheader", "show", *what, env=layout.environment)
