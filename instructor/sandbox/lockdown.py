"""What a process gives up for good before it runs students' code: capabilities, new privileges, resources."""
import ctypes
import os
import resource

from instructor.sandbox import seccomp

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_SECUREBITS = 1, 4, 24, 28
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_SET_THP_DISABLE = 36, 38, 41
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_ALL_SECURE_BITS = 0xEF  # no root magic on exec or setuid, no kept or ambient capabilities, all of it locked
_CAPABILITY_VERSION_3 = 0x20080522

# User ids that systemd's list of id ranges leaves unused; the process number is added, so that two simultaneous
# runs cannot touch each other. NOBODY: for containers that lack these ids.
_FIRST_ID, _NOBODY = 1_900_000_000, 65534

libc = ctypes.CDLL(None, use_errno=True)


def prctl(option, value=0, check=True):
    """prctl(2) with one argument; returns whether it worked. Raises OSError where check is set."""
    zero = ctypes.c_ulong(0)
    if libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero) == 0:
        return True
    if check:
        number = ctypes.get_errno()
        raise OSError(number, f'prctl({option}, {value}): {os.strerror(number)}')
    return False


def unprivileged_id():
    """The user id to run as: one's own; for root an id that nobody has, if the machine offers any."""
    if os.getuid() != 0:
        return os.getuid()
    with open('/proc/self/uid_map', encoding='ascii') as lines:
        known = [(int(first), int(first) + int(count)) for first, _, count in map(str.split, lines)]
    wanted = (_FIRST_ID + os.getpid(), _NOBODY)
    return next((user for user in wanted if any(first <= user < end for first, end in known)), 0)


def become(user):
    """Change to user and group id `user` without any other group. Needs root. Raises OSError."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def drop_capabilities():
    """Give up every capability: bounding, ambient, effective, permitted, inheritable; then no_new_privs."""
    prctl(PR_SET_SECUREBITS, _ALL_SECURE_BITS, check=False)  # needs a capability; an ordinary user has none to lock
    for capability in range(64):
        if not prctl(PR_CAPBSET_DROP, capability, check=False):
            break  # past the last one, or no right to drop them: an ordinary user does not need that right
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, check=False)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    if libc.capset(header, (ctypes.c_uint32 * 6)()) != 0:
        raise OSError(ctypes.get_errno(), 'capset: the capabilities could not be dropped')
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def limit_resources(limits, processes):
    """Hard limits on this process and what it starts. limits: dict of sandbox.Limits; processes: for RLIMIT_NPROC."""
    # With a core limit of 0 the system would still start its program for crashes; with 1 it does not (fs/coredump.c).
    cpu = int(limits['cpu_seconds'] + 1)
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, cpu, cpu + 1), (resource.RLIMIT_AS, *[limits['memory_bytes']] * 2),
        (resource.RLIMIT_FSIZE, *[limits['file_bytes']] * 2), (resource.RLIMIT_NOFILE, *[limits['open_files']] * 2),
        (resource.RLIMIT_NPROC, processes, processes), (resource.RLIMIT_CORE, 1, 1), (resource.RLIMIT_MEMLOCK, 0, 0),
        (resource.RLIMIT_MSGQUEUE, 0, 0), (resource.RLIMIT_SIGPENDING, 64, 64),
    ):
        ceiling = resource.getrlimit(kind)[1]
        if ceiling != resource.RLIM_INFINITY:  # an ordinary user may only lower the limits
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(kind, (soft, hard))


def filter_system_calls():
    """Install the filter of seccomp.py if it knows this machine's calls; no_new_privs must be set."""
    if seccomp.available():
        seccomp.install(libc, seccomp.program())
