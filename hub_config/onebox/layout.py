"""What the one-machine cluster is made of: nodes, partitions, ports, names and paths. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from spawners.jobs import UserName
from spawners.machine import Line, Model, SlurmName

DAY_S = 24 * 3600

Prefix = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9]{0,11}-?)?$")]
"""What every node's name starts with, so that names collide with no other host's."""


class Hardware(Model):
    """What one virtual node claims to have. Memory in MiB."""

    name: SlurmName
    cpus: Annotated[int, Field(ge=1)]
    memory_mib: Annotated[int, Field(ge=1000)]
    gpus: Annotated[int, Field(ge=0)] = 0


class Node(Hardware):
    """A virtual node in its place: the address its name resolves to, the port of its slurmd."""

    address: str
    port: int


class Queue(Model):
    """A partition: its nodes, and how long a job may run there."""

    name: SlurmName
    nodes: tuple[SlurmName, ...]
    max_time_s: int = DAY_S
    default: bool = False


class Limits(Model):
    """What sacctmgr(1) can limit for a QOS or an account; None is no limit. Times in seconds."""

    max_time_s: Annotated[int, Field(gt=0)] | None = None
    jobs_per_user: Annotated[int, Field(gt=0)] | None = None
    jobs: Annotated[int, Field(gt=0)] | None = None
    """How many jobs of all together run at once."""
    gpus: Annotated[int, Field(gt=0)] | None = None
    """How many GPUs all together use at once."""


class Qos(Limits):
    """A quality of service of the cluster."""

    name: SlurmName
    priority: Annotated[int, Field(ge=0)] = 0


class Account(Limits):
    """An account: who may charge it (None: every trainee and the hub), under which QOS."""

    name: SlurmName
    title: Line
    users: tuple[UserName, ...] | None = None
    qos: Annotated[tuple[SlurmName, ...], Field(min_length=1)]
    """The first is what a job gets that names none."""


QOS = (
    Qos(name="normal"),
    Qos(name="short", max_time_s=1800, jobs_per_user=1, priority=100),
    Qos(name="long"),
)
# The first account is everybody's default.
ACCOUNTS = (
    Account(name="course", title="Courses", qos=("normal", "short")),
    Account(
        name="project1",
        title="A project of two trainees",
        users=("trainee01", "trainee02"),
        qos=("normal", "long"),
        jobs=3,
        gpus=2,
    ),
)

HARDWARE = (
    # Room for a large class of small sessions.
    Hardware(name="cpu1", cpus=256, memory_mib=512_000),
    Hardware(name="gpu1", cpus=64, memory_mib=400_000, gpus=4),
    Hardware(name="gpu2", cpus=64, memory_mib=400_000, gpus=4),
)


class Layout(Model):
    """Everything that names something on the machine. The defaults are the site `onebox`."""

    cluster: SlurmName = "onebox"
    prefix: Prefix = ""
    hardware: Annotated[tuple[Hardware, ...], Field(min_length=1)] = HARDWARE
    gpu_type: SlurmName = "a100"
    accounting: bool = False
    """Whether Slurm keeps accounts, QOS and a history of jobs, in a database of its own."""
    qos: tuple[Qos, ...] = QOS
    accounts: Annotated[tuple[Account, ...], Field(min_length=1)] = ACCOUNTS
    base_port: Annotated[int, Field(ge=1024, le=65000)] = 17000
    """The controller's port; each node's slurmd takes one of the next, slurmdbd the 400th."""
    first_address: Annotated[int, Field(ge=2, le=200)] = 11
    """The nodes are 127.0.0.<this> and up."""
    state_dir: Path = Path("/var/lib/aifactory-onboarding/onebox")
    config_dir: Path = Path("/etc/slurm")
    """Where Slurm's commands look without being told: they run in other users' jobs too."""
    hosts_file: Path = Path("/etc/hosts")
    sudoers_file: Path = Path("/etc/sudoers.d/aifactory-onboarding")
    munge_dir: Path = Path("/run/munge")
    hub_user: UserName = "onboard-hub"
    hub_home: Path = Path("/var/lib/aifactory-onboarding/hub")
    trainee_group: UserName = "onboard-trainees"
    trainees: tuple[UserName, ...] = ("trainee01", "trainee02", "trainee03", "trainee04")

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every virtual node with its name, address and port."""
        return tuple(
            Node(
                **(one.model_dump() | {"name": f"{self.prefix}{one.name}"}),
                address=f"127.0.0.{self.first_address + index}",
                port=self.base_port + 1 + index,
            )
            for index, one in enumerate(self.hardware)
        )

    @property
    def queues(self) -> tuple[Queue, ...]:
        """The partitions: `cpu` (the default) for nodes without GPUs, `gpu` for the others."""
        plain = tuple(node.name for node in self.nodes if not node.gpus)
        gpu = tuple(node.name for node in self.nodes if node.gpus)
        both = (Queue(name="cpu", nodes=plain, default=True), Queue(name="gpu", nodes=gpu))
        return tuple(queue for queue in both if queue.nodes)

    @property
    def accounting_port(self) -> int:
        """Where slurmdbd is asked; past what the nodes may take."""
        return self.base_port + 400

    def users_of(self, account: Account) -> tuple[UserName, ...]:
        """Return who may charge the account, of the users that this cluster has."""
        everybody = (self.hub_user, *self.trainees)
        wanted = everybody if account.users is None else account.users
        return tuple(user for user in everybody if user in wanted)

    @property
    def gpu_files(self) -> tuple[Path, ...]:
        """The device files that stand for the GPUs; the nodes share them."""
        most = max(node.gpus for node in self.nodes)
        return tuple(self.state_dir / "dev" / f"gpu{index}" for index in range(most))

    @property
    def slurm_conf(self) -> Path:
        """The file that every Slurm command reads first."""
        return self.config_dir / "slurm.conf"

    @property
    def munge_socket(self) -> Path:
        """Where munged is asked."""
        return self.munge_dir / "munge.socket.2"

    @property
    def environment(self) -> dict[str, str]:
        """What a Slurm command needs, wherever the configuration is."""
        return {"SLURM_CONF": str(self.slurm_conf)}

    @property
    def epilog(self) -> Path:
        """What each slurmd runs after a job."""
        return self.state_dir / "epilog.sh"

    @property
    def run_dir(self) -> Path:
        """Process ids: what the daemons write, and what we remember of them."""
        return self.state_dir / "run"

    @property
    def log_dir(self) -> Path:
        """The daemons' logs."""
        return self.state_dir / "log"

    @property
    def spool_dir(self) -> Path:
        """Each slurmd's own folder; a running job's script is in it, for that job's user."""
        return self.state_dir / "spool"

    @property
    def controller_dir(self) -> Path:
        """What slurmctld remembers, job scripts and environments among it: root's alone."""
        return self.state_dir / "controller"

    @property
    def database_dir(self) -> Path:
        """The accounting's database, its configuration and slurmdbd's: root's alone."""
        return self.state_dir / "accounting"

    @property
    def database_socket(self) -> Path:
        """The one way to the database."""
        return self.database_dir / "socket"
