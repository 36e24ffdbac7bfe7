"""What a user may use: their own accounts, QOS and reservations, where the partition takes them."""

from __future__ import annotations

import pytest

from spawners.access import Association, PartitionRule, Reservation, SiteAccess

NOW = 1000.0


def site(**changes: object) -> SiteAccess:
    return SiteAccess.model_validate(
        {
            "associations": (
                Association(user="ada", account="physics", qos=("normal", "short")),
                Association(user="ada", account="ai", qos=("short",), default_account=True),
                Association(user="ada", account="chip", partition="fpga", qos=("long",)),
                Association(user="bob", account="physics", qos=("normal",)),
            ),
            "partitions": (
                PartitionRule(name="cpu", default=True),
                PartitionRule(name="gpu", accounts=("physics", "secret"), qos=("short",)),
            ),
            **changes,
        }
    )


def kept(**changes: object) -> Reservation:
    values = {"name": "class", "start": 900.0, "end": 2000.0, "users": ("ada",)}
    return Reservation.model_validate({**values, **changes})


def test_accounts_are_the_users_own_with_the_default_one_first() -> None:
    access = site().of("ada", NOW)

    assert access.accounts(None) == ("ai", "physics")
    assert access.accounts("fpga") == ("ai", "chip", "physics")
    assert access.default_account(None) == "ai"


def test_a_partition_that_takes_some_accounts_offers_those_alone() -> None:
    access = site().of("ada", NOW)

    assert access.accounts("gpu") == ("physics",)
    assert access.default_account("gpu") == "physics"


def test_qos_go_with_the_account_and_the_partition() -> None:
    access = site().of("ada", NOW)

    assert access.qos(None, "cpu") == ("normal", "short")
    assert access.qos("ai", "cpu") == ("short",)
    assert access.qos("physics", "gpu") == ("short",)


def test_who_is_in_no_account_has_none() -> None:
    access = site().of("eve", NOW)

    assert (access.accounts(None), access.qos(None, None)) == ((), ())
    assert access.default_account(None) is None


def test_of_several_accounts_none_is_the_default_by_chance() -> None:
    several = tuple(Association(user="ada", account=name) for name in ("ai", "physics"))

    assert site(associations=several).of("ada", NOW).default_account(None) is None


@pytest.mark.parametrize(
    ("changes", "user", "admitted"),
    [
        ({}, "ada", True),
        ({}, "bob", False),
        ({"start": 1500.0}, "ada", True),
        ({"end": 999.0}, "ada", False),
        ({"users": ("-ada",)}, "ada", False),
        ({"users": ("-ada",)}, "bob", True),
        ({"users": (), "accounts": ("physics",)}, "bob", True),
        ({"users": (), "accounts": ("physics",)}, "eve", False),
        ({"accounts": ("chip",)}, "ada", True),
        ({"users": ("bob",), "accounts": ("chip",)}, "bob", False),
        ({"users": (), "accounts": ("-physics",)}, "bob", False),
        ({"users": ()}, "ada", False),
        ({"other_rules": True}, "ada", False),
    ],
)
def test_a_reservation_is_seen_by_whom_it_admits(
    changes: dict[str, object], user: str, *, admitted: bool
) -> None:
    access = site(reservations=(kept(**changes),)).of(user, NOW)

    assert bool(access.reservations) == admitted


def test_nobody_learns_of_others() -> None:
    shared = site(reservations=(kept(users=("ada", "bob")),))

    told = shared.of("ada", NOW).model_dump_json()

    assert "bob" not in told
    assert "secret" not in told
