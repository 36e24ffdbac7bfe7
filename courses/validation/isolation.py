"""A kernel without a network: in a network of its own (Linux), and told so in Python."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import itertools
import os
import resource
import socket
import struct
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Any

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1
_MOST_NOTED = 1000
_HOST_EVENTS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
_ADDRESS_EVENTS = ("socket.connect", "socket.sendto", "socket.sendmsg")


def leave_network() -> bool:
    """Move into a network of only this process and its children. False where that is not allowed.

    No other thread may run. Its loopback works: a lesson may talk to itself.
    """
    if sys.platform != "linux":
        return False
    uid, gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    # A user namespace of one's own: without rights over what is outside, such as the variables of
    # the processes that this comes from. Where it is not allowed, root can do without.
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        with contextlib.suppress(OSError):
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
            Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    elif libc.unshare(_CLONE_NEWNET) != 0:
        return False
    with contextlib.suppress(OSError), socket.socket() as probe:
        fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
    return True


def refuse_network(note: Path) -> None:
    """Refuse, in this process, to reach another computer, and write each attempt into `note`.

    An audit hook: it cannot be taken back, and sees what pure Python and its C modules ask of
    Python. What goes past Python meets the empty network.
    """
    noted = itertools.count()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _ADDRESS_EVENTS:
            target = _elsewhere(arguments[1])
        elif event == "socket.getnameinfo":
            target = _elsewhere(arguments[0])
        elif event in _HOST_EVENTS:
            target = _elsewhere(arguments)
        else:
            return
        if target:
            if next(noted) < _MOST_NOTED:
                _note(note, target)
            raise OSError(f"a lesson has no network: {target} cannot be reached")

    sys.addaudithook(hook)


def limit_tasks(most: int) -> None:
    """Let this process and its children be no more than so many; the system exempts root."""
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    if hard == resource.RLIM_INFINITY or most < hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


def unreachable(pid: int) -> int:
    """Return how often something in that process' network found no way out (Linux; else 0).

    Whatever program it was: this is the system's own count.
    """
    found = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        names, values = [
            line.split()
            for line in Path(f"/proc/{pid}/net/snmp").read_text().splitlines()
            if line.startswith("Ip:")
        ]
        found += int(values[names.index("OutNoRoutes")])
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/net/snmp6").read_text().splitlines():
            if line.startswith("Ip6OutNoRoutes"):
                found += int(line.split()[1])
    return found


def _note(note: Path, target: str) -> None:
    with contextlib.suppress(OSError), note.open("a", encoding="utf-8") as file:
        file.write(f"{target}\n")


def _elsewhere(address: object) -> str:
    """Return `host:port` of an address on another computer, else nothing."""
    if not isinstance(address, tuple) or not address:
        return ""
    host, port = address[0], address[1] if len(address) > 1 else ""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host in ("", "localhost", socket.gethostname()):
        return ""
    with contextlib.suppress(ValueError):
        one = ip_address(host.partition("%")[0])
        if one.is_loopback or one.is_unspecified:
            return ""
    return f"{host}:{port}" if port not in (None, "") else host
