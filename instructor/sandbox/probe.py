"""Finds out by trying how this machine can confine students' code, and says plainly if it cannot."""
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from instructor.sandbox import control_group, visible_paths
from instructor.sandbox.protocol import ENVIRONMENT, FAULT, Isolation, Limits
from instructor.sandbox.running import run

_HERE = Path(__file__).resolve().parent
_REPOSITORY = _HERE.parents[1]
NEEDS_LINUX = "confining students' code needs Linux: use a Linux machine, a virtual machine or WSL 2"
LEVELS = ('auto', 'namespaces', 'limits')
LACKS = 'no file system, process list or network of its own'
AS_ANOTHER_USER = 'the code runs as a user of its own, and can read and write what every user can'
AS_YOU = ('the code can read every file that you can read (the reference records, other submissions) and write where '
          'you can, which is enough to take over the grader')
_FEWEST_FILES, _FILES_A_JOB = 60, 4  # that the grader has to be able to open


class IsolationError(Exception):
    """Students' code cannot be confined as asked; the text is the one line that says why, and what to do."""


def _setting(name):
    """A number from /proc/sys; None if there is no such setting."""
    try:
        return int(Path('/proc/sys', name).read_text())
    except (OSError, ValueError):
        return None


def likely_cause(mount_denied=False, setting=_setting):
    """Why namespaces are probably refused here, judging by what failed and the system's settings, and what to do."""
    ordinary = os.getuid() != 0
    if not ordinary and mount_denied:
        return 'only root can reach the interpreter, and this root may not mount: use another interpreter'
    if setting('user/max_user_namespaces') == 0:
        return 'user namespaces are switched off: sudo sysctl user.max_user_namespaces=10000'
    if ordinary and setting('kernel/unprivileged_userns_clone') == 0:
        return 'they are reserved for root: sudo sysctl kernel.unprivileged_userns_clone=1'
    if ordinary and setting('kernel/apparmor_restrict_unprivileged_userns') == 1:
        return ("Ubuntu's AppArmor reserves them for root: sudo sysctl "
                'kernel.apparmor_restrict_unprivileged_userns=0, or run as root')
    if any(os.path.exists(path) for path in ('/.dockerenv', '/run/.containerenv')):
        return ('this container may not create them: start it with --cap-add SYS_ADMIN --security-opt '
                'seccomp=unconfined --security-opt apparmor=unconfined, or grade outside it')
    return 'probably a container, a chroot or a security module that forbids them: grade outside it, or as root'


def open_doors(level, view, limits):
    """Gaps in the confinement that a child has found (see workers/self_check.py), as a list of phrases."""
    doors = [
        (view['capabilities'] != 0, 'it holds capabilities'),
        (not view['no_new_privs'], 'no_new_privs is not set'),
        (view['user'] == 0, 'it runs as root: start as an ordinary user'),
        (view['memory'] != limits.memory_bytes, 'its memory is not limited'),
        (view['descriptors'] != [], f'it has inherited files {view["descriptors"]}'),
        (not view['scratch'], 'its folder is not writable'),
        (not view['small_pages'], 'it gets huge pages'),
        (view['filter'] and view['calls'] != [], f'it can use {view["calls"]} in spite of the filter'),
    ]
    if level == 'namespaces':
        doors += [
            (view['bounding'] != 0, 'it could gain capabilities'),
            ((view['process'], view['parent']) != (2, 1), 'it has no PID namespace of its own'),
            (view['seen'] != [], f'it sees {view["seen"]}'),
            (view['writable_root'], 'its root is writable'),
            (view['new_namespace'] and view['filter'], 'it can create namespaces in spite of the filter'),
        ]
    return [phrase for is_open, phrase in doors if is_open]


def probe(wanted='auto', python=sys.executable, jobs=1):
    """The Isolation for running.run, found by running a child that tries what must not work.

    wanted: 'limits', 'namespaces', or 'auto', which means namespaces: only the user may choose the weaker level.
    python: the interpreter for students' code; jobs: how many runs there will be at a time. Raises IsolationError with
    one line: what is missing, the likely cause and what to do; ValueError for a level that does not exist.
    """
    if wanted not in LEVELS:
        raise ValueError(f'isolation must be one of {", ".join(LEVELS)}, not {wanted!r}')
    if sys.platform != 'linux':
        raise IsolationError(NEEDS_LINUX)
    level = 'limits' if wanted == 'limits' else 'namespaces'
    _check_machine(_FEWEST_FILES + _FILES_A_JOB * jobs)
    try:
        python = visible_paths.plain_path(python)
        binds = visible_paths.visible_paths(python, ENVIRONMENT) if level == 'namespaces' else []
    except OSError as error:
        raise IsolationError(str(error)) from None
    limits = Limits(wall_seconds=60, idle_seconds=60)
    isolation = Isolation(level, '', tuple(binds), python, control_group.find_parent(asdict(limits)))
    hidden = ['/proc/self', '/sys/kernel', '/etc/passwd', '/bin/sh', '/usr/bin/env', str(_HERE.parent),
              str(_REPOSITORY / 'dnn_misc.py'), str(Path(python).with_name('pip'))]
    outcome = run(isolation, (_HERE / 'workers' / 'self_check.py').read_text('utf-8'),
                  argv=[json.dumps({'hidden': hidden})], limits=limits)
    if outcome.ended == FAULT:
        raise IsolationError(_refusal(level, outcome))
    if outcome.ended != 'ok':
        last = (outcome.errors.strip().splitlines() or [outcome.ended])[-1]
        raise IsolationError(f'{python} does not start in confinement ({level}): {last}')
    view = json.loads(outcome.result)
    doors = open_doors(level, view, limits)
    if doors:
        raise IsolationError(f'confinement ({level}) does not hold on this machine: {"; ".join(doors)}')
    return Isolation(level, _description(level, view, isolation.cgroup), tuple(binds), python, isolation.cgroup)


def _check_machine(files):
    """Raise IsolationError now if this machine lacks something without which every run would fail later.

    files: how many have to be open at a time.
    """
    if not os.path.exists('/proc/self/stat'):
        raise IsolationError('/proc is missing, and without it no process can be watched: mount -t proc proc /proc')
    import resource  # not at the top: Windows has no such module, and its users get a message of their own
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < files:
        can_raise = not 0 <= hard < files
        advice = f'ulimit -n {files}' if can_raise else 'choose fewer --jobs, or ask for a higher hard limit'
        raise IsolationError(f'only {soft} files may be open at a time, {files} are needed: {advice}')


def _refusal(level, outcome):
    fault = outcome.fault
    if level == 'limits':
        return (f"students' code cannot be started ({fault}); as root, use an interpreter that every user can reach, "
                "not one in root's home")
    return (f"students' code cannot be confined in namespaces ({fault}); {likely_cause(outcome.mount_denied)}. "
            f'--isolation limits does without them, but has {_lacks()}')


def _lacks():
    return f'{LACKS}: {AS_ANOTHER_USER if os.geteuid() == 0 else AS_YOU}'


def _description(level, view, cgroup):
    call_filter = 'a filter of system calls' if view['filter'] else 'no system call filter on this machine'
    group = 'a control group' if cgroup else 'no control group, since the system grants none'
    if level == 'limits':
        return f'limits: resource limits, a process tree that is watched and killed, {call_filter}, {group}; {_lacks()}'
    return ('namespaces: own user, PID, mount, network, IPC and UTS namespaces, a root with the interpreter and system '
            f'libraries read-only, a private scratch folder, no capabilities, resource limits, {call_filter}, {group}')
