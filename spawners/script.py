"""JobSpec -> the batch script. Pure: the same spec gives the same script, on every machine.

Every value is quoted for the shell by `shlex`, and what stands in a `#SBATCH` line has been
checked by its model (`SlurmName`, numbers): a value can be odd, but it stays a value.
"""

from __future__ import annotations

import json
import shlex
from pathlib import PurePosixPath

from jinja2 import Environment as Templates
from jinja2 import PackageLoader, StrictUndefined

from spawners.exit_codes import ExitCode
from spawners.jobs import JobSpec
from spawners.machine import GpuOption
from spawners.session_file import VARIABLE, Grant

# Not HTML: escaping here is shlex's, value by value.
_templates = Templates(
    loader=PackageLoader("spawners", "."),
    autoescape=False,  # noqa: S701
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    auto_reload=False,
)


def render(spec: JobSpec) -> str:
    """Return the batch script of `spec`. It holds no secret."""
    python = f"{spec.environment.path.rstrip('/')}/bin/python"
    argv = [path_word(python) if spec.argv[0] == "python" else shlex.quote(spec.argv[0])]
    argv += [shlex.quote(word) for word in spec.argv[1:]]
    grant = Grant.of(spec)
    return _templates.get_template("job.sh.j2").render(
        shell="/bin/bash -l" if spec.dialect.login_shell else "/bin/bash",
        directives=directives(spec),
        log=path_word(spec.log),
        hub_reads_log=spec.hub_reads_log,
        modules=[shlex.quote(module) for module in spec.environment.modules],
        variables=[(name, shlex.quote(spec.variables[name])) for name in sorted(spec.variables)],
        workdir=path_word(spec.workdir),
        python=path_word(python),
        python_dir=path_word(str(PurePosixPath(python).parent)),
        exit_codes=ExitCode,
        session_file=VARIABLE,
        grant=shlex.quote(json.dumps(grant.model_dump())) if grant else "",
        time_limit_s=spec.size.time_limit_s,
        command=" ".join(argv),
    )


def directives(spec: JobSpec) -> list[str]:
    """Return what the scheduler is asked for, as sbatch options.

    The machine's own options come first: of an option that is there twice sbatch takes the last.
    """
    dialect, size = spec.dialect, spec.size
    wanted = {
        "job-name": spec.name,
        "comment": spec.comment,
        "partition": size.partition,
        "account": spec.account,
        "qos": spec.qos or size.qos,
        "reservation": spec.reservation,
        "nodes": 1,
        "ntasks": 1,
        "cpus-per-task": size.cpus,
        "mem": f"{size.memory_mib}M" if dialect.ask_memory else None,
        "time": max(1, size.time_limit_s // 60),
        **gpu_request(size.gpus, dialect.gpu_option),
        # The script opens its own log, as its user, in a private folder.
        "output": "/dev/null",
        "chdir": "/",
        # A lost node must not start a trainee's session a second time.
        "no-requeue": "",
    }
    return [
        *dialect.options,
        *(
            f"--{name}={value}" if value != "" else f"--{name}"
            for name, value in wanted.items()
            if value is not None
        ),
    ]


def gpu_request(gpus: int, option: GpuOption) -> dict[str, str]:
    """Return by which of sbatch's options that many GPUs are asked for; none asks for none."""
    if gpus == 0:
        return {}
    return {option: f"gpu:{gpus}" if option == "gres" else str(gpus)}


def path_word(path: str) -> str:
    """Quote a path for the shell, and leave a leading `~` to mean the job user's home."""
    if path == "~":
        return '"$HOME"'
    if path.startswith("~/"):
        return f'"$HOME"/{shlex.quote(str(PurePosixPath(path[2:])))}'
    return shlex.quote(path)
