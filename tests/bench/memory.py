"""How much memory a process has, and had at most."""

import re
import subprocess
from pathlib import Path

FORGET_THE_PEAK = "5"  # proc(5), clear_refs


def resident(pid: int) -> float:
    """Memory of one process in MiB, that of its children not counted."""
    if Path(f"/proc/{pid}").exists():
        return _told(pid, "VmRSS")
    asked = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=True)
    return int(asked.stdout) / 1024


def peaks_are_told() -> bool:
    """Whether this system knows the most that a process had since a moment."""
    return Path("/proc/self/clear_refs").exists()


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text(FORGET_THE_PEAK, encoding="ascii")


def peak(pid: int) -> float:
    """The most it had, in MiB, since its peak was forgotten."""
    return _told(pid, "VmHWM")


def _told(pid: int, name: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    told = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    assert told is not None
    return int(told[1]) / 1024
