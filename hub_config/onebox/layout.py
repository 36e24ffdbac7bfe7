"""What the one-machine cluster is made of: nodes, partitions, ports, names and paths. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from spawners.jobs import UserName
from spawners.machine import Model, SlurmName

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


HARDWARE = (
    Hardware(name="cpu1", cpus=16, memory_mib=64_000),
    Hardware(name="gpu1", cpus=64, memory_mib=400_000, gpus=4),
    Hardware(name="gpu2", cpus=64, memory_mib=400_000, gpus=4),
)


class Layout(Model):
    """Everything that names something on the machine. The defaults are the site `onebox`."""

    cluster: SlurmName = "onebox"
    prefix: Prefix = ""
    hardware: Annotated[tuple[Hardware, ...], Field(min_length=1)] = HARDWARE
    gpu_type: SlurmName = "a100"
    base_port: Annotated[int, Field(ge=1024, le=65000)] = 17000
    """The controller's port; each node's slurmd takes one of the next."""
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
