"""Where and with what a report was made."""
import os
import platform
import re
import subprocess
from datetime import datetime, timezone


def cores():
    """The processors that may be used: (for the server, for the load)."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def first_line(*command):
    """What a program says of itself, or None if it is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return (done.stdout or done.stderr).strip().split("\n")[0]


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        found = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.MULTILINE)
    return found[1] if found else platform.machine()


def commit(root):
    """The commit, with a plus sign if the tree has other changes."""
    name = first_line("git", "-C", str(root), "rev-parse", "--short", "HEAD") or "unknown"
    changed = first_line("git", "-C", str(root), "status", "--porcelain", "--untracked-files=no")
    return name + ("+" if changed else "")


def has_own_network():
    """Whether this runs in another network namespace than the machine's first process."""
    try:
        return os.readlink("/proc/self/ns/net") != os.readlink("/proc/1/ns/net")
    except PermissionError:
        return False


def facts(root, binaries, command):
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "command": command,
        "commit": commit(root),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        "load_average": os.getloadavg()[0],
        "own_network": has_own_network(),
        "versions": {
            "sideline-server": first_line(str(binaries / "sideline-server"), "--version"),
            "redis-server": first_line("redis-server", "--version"),
            "memcached": first_line("memcached", "-V"),
        },
    }
