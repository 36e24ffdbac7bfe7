"""What a user may use, as the scheduler tells it: accounts, QOS, reservations, partitions. Pure.

Rules: sacctmgr(1), "associations"; scontrol(1), "RESERVATIONS" and "PARTITIONS".
Times are Unix seconds.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from spawners.machine import Model, SlurmName


class Association(Model):
    """One row of the accounting: a user in an account, perhaps for one partition only."""

    user: str
    account: SlurmName
    partition: SlurmName | None = None
    qos: tuple[SlurmName, ...] = ()
    default_account: bool = False
    """Whether jobs of this user that name no account are charged to this one."""


class Reservation(Model):
    """Nodes kept for somebody, for a time."""

    name: SlurmName
    start: float
    end: float
    users: tuple[str, ...] = ()
    """Whom it admits; a leading `-` means everybody else. Empty: whoever the accounts admit."""
    accounts: tuple[str, ...] = ()
    partition: SlurmName | None = None
    other_rules: bool = False
    """Whether it also asks for what is not read here (a Unix group): then nobody is admitted."""

    def admits(self, user: str, accounts: tuple[str, ...]) -> bool:
        """Whether a job of `user`, who may use `accounts`, may run in it."""
        if self.other_rules or not (self.users or self.accounts):
            return False
        return _admits(self.users, (user,)) and _admits(self.accounts, accounts)


class PartitionRule(Model):
    """What a partition takes, as its operators set it. None where it takes all, or has no limit."""

    name: SlurmName
    state: Literal["UP", "DOWN", "DRAIN", "INACTIVE"] = "UP"
    default: bool = False
    max_time_s: Annotated[int, Field(gt=0)] | None = None
    accounts: tuple[str, ...] | None = None
    qos: tuple[str, ...] | None = None

    @property
    def runs_jobs(self) -> bool:
        """Whether jobs that wait here begin at all."""
        return self.state in ("UP", "DRAIN")

    def of(self, accounts: tuple[str, ...]) -> PartitionRule:
        """Return the rule as it concerns somebody with these accounts."""
        if self.accounts is None:
            return self
        theirs = tuple(name for name in self.accounts if name in accounts)
        return self.model_copy(update={"accounts": theirs})

    @property
    def takes_jobs(self) -> bool:
        """Whether a new job may be submitted here."""
        return self.state in ("UP", "DOWN")


class Access(Model):
    """What one user may use."""

    associations: tuple[Association, ...] = ()
    """Empty where this machine keeps no accounts, or this user is in none."""
    reservations: tuple[Reservation, ...] = ()
    """Those that admit this user and are not over, the next one first."""
    partitions: tuple[PartitionRule, ...] = ()

    def rule(self, partition: str | None) -> PartitionRule | None:
        """Return the rules of the partition (None: of the default one), where known."""
        return next(
            (
                one
                for one in self.partitions
                if (one.name == partition if partition else one.default)
            ),
            None,
        )

    def accounts(self, partition: str | None) -> tuple[str, ...]:
        """Return the accounts that may pay for a job in the partition; the default one first."""
        rule = self.rule(partition)
        usable = [
            one
            for one in self._for(partition)
            if rule is None or rule.accounts is None or one.account in rule.accounts
        ]
        usable.sort(key=lambda one: (not one.default_account, one.account))
        return tuple(dict.fromkeys(one.account for one in usable))

    def default_account(self, partition: str | None) -> str | None:
        """Return the account that pays if none is named: the user's default, or the only one."""
        usable = self.accounts(partition)
        theirs = {one.account for one in self.associations if one.default_account}
        if usable and (usable[0] in theirs or len(usable) == 1):
            return usable[0]
        return None

    def qos(self, account: str | None, partition: str | None) -> tuple[str, ...]:
        """Return the QOS that a job in the partition may run under (account None: any of them)."""
        rule = self.rule(partition)
        names = {
            name
            for one in self._for(partition)
            if account is None or one.account == account
            for name in one.qos
            if rule is None or rule.qos is None or name in rule.qos
        }
        return tuple(sorted(names))

    def _for(self, partition: str | None) -> list[Association]:
        rule = self.rule(partition)
        name = partition or (rule.name if rule else None)
        return [one for one in self.associations if one.partition in (None, name)]


class SiteAccess(Model):
    """What everybody may use: one answer of the scheduler, for all users."""

    associations: tuple[Association, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    partitions: tuple[PartitionRule, ...] = ()

    def of(self, user: str, now: float) -> Access:
        """Return what `user` may use at the time `now`, and nothing that concerns others."""
        mine = tuple(one for one in self.associations if one.user == user)
        accounts = tuple(one.account for one in mine)
        admitting = [
            one.model_copy(update={"users": (), "accounts": ()})
            for one in self.reservations
            if one.end > now and one.admits(user, accounts)
        ]
        return Access(
            associations=mine,
            reservations=tuple(sorted(admitting, key=lambda one: (one.start, one.name))),
            partitions=tuple(rule.of(accounts) for rule in self.partitions),
        )


def _admits(listed: tuple[str, ...], names: tuple[str, ...]) -> bool:
    refused = [name[1:] for name in listed if name.startswith("-")]
    if refused:
        return not set(refused) & set(names)
    return not listed or bool(set(listed) & set(names))
