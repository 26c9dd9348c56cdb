"""How the child gives up what it does not need, before it looks at a stranger's bytes. Linux only, in this order:

`alone` (no network: an own, empty network namespace, when the kernel lets us), then everything is imported, then
`locked`: low priority, resource limits, another user when we are root, no capabilities, and a list of the few system
calls that decoding needs; all others fail. Each step that was not allowed is missing from what is reported.
"""

import ctypes
import os
import platform
import resource
import struct
from contextlib import suppress

NOBODY = 65534
NICENESS = 10
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_SECCOMP, _NO_NEW_PRIVILEGES = 1, 4, 22, 38
_KILL = 9
_CAPABILITIES_V3 = 0x20080522
_MEBIBYTE = 1024 * 1024

_CALLS = {
    # read, write, close, fstat, lseek, mmap, mprotect, munmap, brk, rt_sigaction, rt_sigprocmask, rt_sigreturn,
    # pread64, writev, sched_yield, mremap, madvise, getpid, gettid, exit, exit_group, futex, clock_gettime,
    # getrusage, getrandom, sigaltstack, restart_syscall
    "x86_64": (0xC000003E, (0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 17, 20, 24, 25, 28, 39, 186, 60, 231, 202, 228,
                            98, 318, 131, 219)),
    "aarch64": (0xC00000B7, (63, 64, 57, 80, 62, 222, 226, 215, 214, 134, 135, 139, 67, 66, 124, 216, 233, 172, 178,
                             93, 94, 98, 113, 165, 278, 132, 128)),
}  # fmt: skip
"""By machine: its number for the kernel's audit, and the numbers of the calls that are let through."""
_THREADS = {"x86_64": ((273, 334, 157), 56), "aarch64": ((99, 293, 167), 220)}
"""Further calls of a decoder that starts threads (set_robust_list, rseq, prctl), and `clone`, for threads only."""
_CLONE3 = 435
_THREAD_FLAG = 0x00010000
_ALLOW, _EPERM, _ENOSYS, _KILL_PROCESS = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000


def alone() -> bool:
    """Leave the network behind. True when it worked: as root, or by way of an own user namespace."""
    unshare = getattr(_libc(), "unshare", None)
    if unshare is None:
        return False
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWUSER | _CLONE_NEWNET
    return bool(unshare(flags) == 0)


def locked(memory_bytes: int, cpu_seconds: int, *, threads: bool = False) -> tuple[str, ...]:
    """Take every other limit on; the names of those that hold: `limits`, `user`, `syscalls`.

    `threads` are let be for the HEIC decoder, which does not work without; processes never are.
    """
    with suppress(OSError):
        os.nice(NICENESS)
    held = ["limits"] if _limited(memory_bytes, cpu_seconds, threads) else []
    if _nobody():
        held.append("user")
    libc = _libc()
    libc.prctl(_SET_DEATH_SIGNAL, _KILL, 0, 0, 0)
    libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    without_privileges = libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
    _drop_capabilities(libc)
    if without_privileges and _few_calls(libc, threads):
        held.append("syscalls")
    return tuple(held)


def _limited(memory_bytes: int, cpu_seconds: int, threads: bool) -> bool:
    """No file may be opened (three are open: the file, the answer, complaints), written, or process started."""
    limits = {
        resource.RLIMIT_AS: (memory_bytes, memory_bytes),
        resource.RLIMIT_CPU: (cpu_seconds, cpu_seconds + 1),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_NOFILE: (3, 3),
        resource.RLIMIT_MEMLOCK: (0, 0),
        resource.RLIMIT_MSGQUEUE: (0, 0),
    }
    if not threads:
        limits[resource.RLIMIT_NPROC] = (0, 0)
    try:
        for which, most in limits.items():
            resource.setrlimit(which, most)
    except (OSError, ValueError):
        return False
    return True


def _nobody() -> bool:
    """Whether this is not root any more: root becomes nobody, others stay who they are."""
    if os.geteuid() != 0:
        return True
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except OSError:
        return False
    return True


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """An own user namespace comes with every capability inside it; none is kept."""
    header, none = struct.pack("Ii", _CAPABILITIES_V3, 0), bytes(24)
    libc.capset(ctypes.create_string_buffer(header), ctypes.create_string_buffer(none, 24))


def _few_calls(libc: ctypes.CDLL, threads: bool) -> bool:
    """Let only the listed system calls through; any other answers EPERM, one of another machine kills."""
    if platform.machine() not in _CALLS:
        return False
    steps = _filter(platform.machine(), threads)
    program = ctypes.create_string_buffer(b"".join(steps), 8 * len(steps))
    whole = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program))
    return bool(libc.prctl(_SET_SECCOMP, 2, ctypes.create_string_buffer(whole), 0, 0) == 0)


def _filter(machine: str, threads: bool) -> list[bytes]:
    """The kernel's filter: load the machine and compare, load the call's number, compare, answer."""
    audit, calls = _CALLS[machine]
    more, clone = _THREADS[machine]
    steps = [_load(4), _when(audit, 1, 0), _answer(_KILL_PROCESS), _load(0)]
    for call in (*calls, *(more if threads else ())):
        steps += [_when(call, 0, 1), _answer(_ALLOW)]
    if threads:
        flag_is_set = _step(0x45, 0, 1, _THREAD_FLAG)
        steps += [_when(clone, 0, 4), _load(16), flag_is_set, _answer(_ALLOW), _answer(_EPERM)]
        steps += [_when(_CLONE3, 0, 1), _answer(_ENOSYS)]  # whose flags a filter cannot see: glibc then asks clone
    return [*steps, _answer(_EPERM)]


def _load(offset: int) -> bytes:
    return _step(0x20, 0, 0, offset)


def _when(value: int, then: int, otherwise: int) -> bytes:
    return _step(0x15, then, otherwise, value)


def _answer(value: int) -> bytes:
    return _step(0x06, 0, 0, value)


def _step(code: int, when_so: int, when_not: int, value: int) -> bytes:
    """One instruction: what to do, how many to leave out when it is so and when not, and its number."""
    return struct.pack("HBBI", code, when_so, when_not, value)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
