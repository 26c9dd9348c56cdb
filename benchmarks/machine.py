"""What the figures were taken on: cores, processor, system, Python, PostgreSQL, and how busy it was before we began."""

import os
import platform
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")


def machine(postgres: str | None = None) -> dict[str, object]:
    """The machine as it is now; `postgres` is the version of the server measured, if one was."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": _processor(),
        "system": platform.system(),
        "python": platform.python_version(),
        "postgres": postgres,
        "load_before": round(os.getloadavg()[0], 2),
    }


def line(found: dict[str, object]) -> str:
    """The machine in one line."""
    postgres = f"PostgreSQL {found['postgres']}, " if found["postgres"] else ""
    return (
        f"{found['cores']} cores ({found['processor']}), {found['system']}, {postgres}Python {found['python']}, "
        f"load before the run {found['load_before']}"
    )


def _processor() -> str:
    if CPU_INFO.exists():
        for row in CPU_INFO.read_text().splitlines():
            if row.startswith("model name"):
                return " ".join(row.partition(":")[2].split())
    return platform.machine()
