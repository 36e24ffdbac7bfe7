"""Why a job waits: the scheduler's codes in a trainee's words. Pure.

Codes: squeue(1) "JOB REASON CODES", https://slurm.schedmd.com/job_reason_codes.html and
`job_state_reason_string` in Slurm's source, which knows more of them than the pages.
"""

from __future__ import annotations

import re

from spawners.machine import Model
from spawners.words import later


class Reason(Model):
    """What a code means; `hint` is there where waiting alone will not help."""

    words: str
    hint: str = ""


_CHOOSE = later("It will not start as it is: cancel it, and choose a smaller or shorter session.")
_ASK = later("If this lasts, ask the site's operators.")
_CANCEL = later("It will not start as it is: cancel it, and ask the site's operators.")

_TURN = Reason(words=later("Others were here before you. Your session starts in its turn."))
_TOO_MUCH = Reason(words=later("It asks for more than one session may have here."), hint=_CHOOSE)
_OUT_OF_SERVICE = Reason(
    words=later("What this session needs is out of service or set aside for now."), hint=_ASK
)

_KNOWN = {
    "None": Reason(words=later("Your session is in the queue.")),
    "WaitingForScheduling": Reason(words=later("Your session is in the queue.")),
    "Resources": Reason(
        words=later("Everything of this size is in use. Your session starts when one is free.")
    ),
    "Priority": _TURN,
    "Cleaning": Reason(words=later("A place is being tidied up for your session.")),
    "Prolog": Reason(words=later("Its place is being prepared.")),
    "Reservation": Reason(words=later("The reserved time has not begun yet.")),
    "ReservationDeleted": Reason(
        words=later("The reservation that it was to use is gone."), hint=_CHOOSE
    ),
    "Licenses": Reason(words=later("A licence that this session needs is in use.")),
    "Dependency": Reason(words=later("It starts after another job of yours.")),
    "DependencyNeverSatisfied": Reason(
        words=later("It was to start after another job of yours, which has failed."), hint=_CANCEL
    ),
    "BeginTime": Reason(words=later("Its start time has not come yet.")),
    "JobArrayTaskLimit": Reason(
        words=later("As many of these jobs run as may run at once. It starts after one of them.")
    ),
    "JobHeldAdmin": Reason(words=later("The site's operators hold it back."), hint=_ASK),
    "JobHeldUser": Reason(
        words=later("It is held back in your own name."),
        hint=later("Cancel it, and start again."),
    ),
    "PartitionTimeLimit": Reason(
        words=later("It asks for more time than one session may have here."), hint=_CHOOSE
    ),
    "PartitionNodeLimit": _TOO_MUCH,
    "PartitionConfig": _TOO_MUCH,
    "MaxMemPerLimit": _TOO_MUCH,
    "BadConstraints": Reason(
        words=later("There is nothing here that has what this session asks for."), hint=_CHOOSE
    ),
    "InvalidAccount": Reason(
        words=later("The project that it was started for is not known here."), hint=_CANCEL
    ),
    "AccountNotAllowed": Reason(
        words=later("The project that it was started for may not use this part of the machine."),
        hint=_CANCEL,
    ),
    "InvalidQOS": Reason(words=later("The queue that it was started in is gone."), hint=_CANCEL),
    "QOSNotAllowed": Reason(
        words=later("You may not use the queue that it was started in."), hint=_CANCEL
    ),
    "AssociationTimeLimit": Reason(
        words=later("It asks for more time than your project may use at once."), hint=_CHOOSE
    ),
    "QOSTimeLimit": Reason(
        words=later("It asks for more time than one session may have here."), hint=_CHOOSE
    ),
    "QOSUsageThreshold": Reason(
        words=later("Your project has used more than its share. Others come first for now.")
    ),
    "JobHoldMaxRequeue": Reason(
        words=later("It was tried several times and could not start."), hint=_CANCEL
    ),
    "JobLaunchFailure": Reason(words=later("It could not start where it was sent."), hint=_CANCEL),
    "SystemFailure": Reason(words=later("The machine has a fault."), hint=_ASK),
}

# The first that fits counts. `QOSMaxGRESPerUser`, `AssocGrpCPURunMinutesLimit`, ...
_FAMILIES = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (
            r"QOSMax\w*PerUser",
            Reason(
                words=later(
                    "You use as much as one person may use at once."
                    " It starts when another session or job of yours ends."
                )
            ),
        ),
        (
            r"(QOSMax\w*PerAccount|MaxJobsPerAccount|MaxSubmitJobsPerAccount)",
            Reason(words=later("Your project uses as much as it may use at once.")),
        ),
        (r"QOS(Max|Min)", _TOO_MUCH),
        (
            r"QOS(Grp|JobLimit|ResourceLimit)",
            Reason(
                words=later(
                    "Everyone in this queue together uses as much as they may at once."
                    " It starts when others end."
                )
            ),
        ),
        (
            r"AssocGrp\w*(?<!Run)Minutes|AssocGrpBilling(?!Run)",
            Reason(
                words=later("Your project has used up its computing time."),
                hint=later("Whoever leads your project can ask for more."),
            ),
        ),
        (
            r"Assoc(Grp|iationJobLimit|iationResourceLimit|MaxJobs|MaxSubmit)",
            Reason(words=later("Your project uses as much as it may use at once.")),
        ),
        (
            r"AssocMax",
            Reason(
                words=later("It asks for more than your project may use for one session."),
                hint=_CHOOSE,
            ),
        ),
        # With a tail: `ReqNodeNotAvail, UnavailableNodes:gpu1`; a sentence in place of a code.
        (r"ReqNodeNotAvail", _OUT_OF_SERVICE),
        (r"Nodes?[_ ]required[_ ]for[_ ]job", _OUT_OF_SERVICE),
        (r"(Partition(Down|Inactive)|NodeDown|FrontEndDown|DOWN)", _OUT_OF_SERVICE),
        (r"(launch|job)[_ ].*held", Reason(words=later("It was held back."), hint=_CANCEL)),
    )
)


def known(code: str) -> Reason | None:
    """Return what a code means, or None for one that is not known here."""
    # squeue shows some codes in parentheses, and a comma where it says more.
    plain = code.strip("() ")
    exact = _KNOWN.get(plain) or _KNOWN.get(plain.partition(",")[0])
    if exact is not None:
        return exact
    return next((reason for pattern, reason in _FAMILIES if pattern.match(plain)), None)


def codes() -> tuple[str, ...]:
    """Return the codes that have words of their own."""
    return tuple(_KNOWN)
