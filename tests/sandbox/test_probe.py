"""The probe: which isolation this machine offers, what it says if there is none, which gaps it finds."""

import os
import subprocess
import sys
from dataclasses import asdict

import pytest

from instructor.sandbox import api as sandbox
from instructor.sandbox import probe, seccomp, supervisor, visible_paths
from instructor.sandbox.protocol import RunningTime
from tests.helpers import ROOT, confinement
from tests.helpers.confinement import linux

# What code can reach without namespaces: only root can give it a user of its own.
REACHES = ('the code runs as a user of its own' if os.name == 'posix' and os.geteuid() == 0 else
           'the code can read every file that you can read')


@linux
def test_probe_tells_what_the_child_found(walled):
    found = probe.probe('auto')
    assert found.level == 'namespaces' and found.description.startswith('namespaces: own user, PID, mount, network')
    assert found.python == visible_paths.plain_path(sys.executable)


def test_open_doors_are_told():
    tight = {'small_pages': True, 'calls': [], 'capabilities': 0, 'no_new_privs': True, 'user': 1000,
             'memory': 1 << 30, 'descriptors': [],
             'scratch': True, 'bounding': 0, 'process': 2, 'parent': 1, 'seen': [], 'writable_root': False,
             'new_namespace': False, 'filter': True}
    limits = sandbox.Limits()
    assert probe.open_doors('namespaces', tight, limits) == []
    for key, value, level, phrase in (
        ('capabilities', 1, 'limits', 'it holds capabilities'), ('user', 0, 'limits', 'it runs as root'),
        ('no_new_privs', False, 'limits', 'no_new_privs is not set'), ('small_pages', False, 'limits', 'huge pages'),
        ('calls', ['socket'], 'limits', "can use ['socket'] in spite of the filter"),
        ('memory', -1, 'limits', 'memory is not limited'),
        ('descriptors', [7], 'limits', 'inherited files [7]'), ('scratch', False, 'limits', 'not writable'),
        ('bounding', 3, 'namespaces', 'could gain capabilities'), ('process', 4711, 'namespaces', 'no PID namespace'),
        ('seen', ['/etc/passwd'], 'namespaces', "it sees ['/etc/passwd']"),
        ('writable_root', True, 'namespaces', 'root is writable'),
        ('new_namespace', True, 'namespaces', 'in spite of the filter'),
    ):
        [door] = probe.open_doors(level, {**tight, key: value}, limits)
        assert phrase in door


@linux
@pytest.mark.skipif(not seccomp.available(), reason='namespaces are refused here by the system call filter')
def test_refused_namespaces_are_never_replaced_silently():
    """In a process that may make no namespaces, as in a container."""
    unshare = {'x86_64': 272, 'aarch64': 97}[os.uname().machine]
    lines = [(0x20, 0, 0, 0), (0x15, 0, 1, unshare), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7FFF0000)]  # EPERM
    code = ('from instructor.sandbox import api as sandbox, lockdown, seccomp\n'
            f'lockdown.prctl(lockdown.PR_SET_NO_NEW_PRIVS, 1)\nseccomp.install(lockdown.libc, {lines})\n'
            'for wanted in ("auto", "namespaces"):\n    try:\n        print(sandbox.probe(wanted))\n'
            '    except sandbox.IsolationError as error:\n        print(error)\n')
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 2 and not done.stderr, done
    for line in lines:
        assert line.startswith("students' code cannot be confined in namespaces (PermissionError: [Errno 1] unshare")
        assert '--isolation limits' in line and REACHES in line


def test_likely_causes(monkeypatch):
    monkeypatch.setattr(os, 'getuid', lambda: 1000)
    for name, value, words in (
        ('user/max_user_namespaces', 0, 'sysctl user.max_user_namespaces=10000'),
        ('kernel/unprivileged_userns_clone', 0, 'sysctl kernel.unprivileged_userns_clone=1'),
        ('kernel/apparmor_restrict_unprivileged_userns', 1, 'sysctl kernel.apparmor_restrict_unprivileged_userns=0'),
    ):
        assert words in probe.likely_cause(setting={name: value}.get)
    assert 'container' in probe.likely_cause(setting={}.get)
    assert 'container' in probe.likely_cause(True, {}.get)
    monkeypatch.setattr(os, 'getuid', lambda: 0)
    assert 'only root can reach the interpreter' in probe.likely_cause(True, {}.get)
    assert 'container' in probe.likely_cause(False, {}.get)


@pytest.mark.parametrize('word, denied', [(b'fault', False), (b'mount-denied', True)])
def test_a_mount_that_was_not_permitted_is_reported_as_one(word, denied):
    run = supervisor.Run({'limits': asdict(sandbox.Limits()), 'files': []}, RunningTime())
    run.add_status(word + b' OSError: [Errno 13] mount / on /: Permission denied\n')
    assert run.report(ran_out_of_memory=False)['mount_denied'] is denied


def test_levels_that_do_not_exist_and_other_systems(monkeypatch):
    with pytest.raises(ValueError, match='one of auto, namespaces, limits'):
        sandbox.probe('none')
    monkeypatch.setattr(sys, 'platform', 'darwin')
    with pytest.raises(sandbox.IsolationError, match='needs Linux'):
        sandbox.probe()


@linux
def test_limits_say_what_they_lack(folder):
    found = confinement.isolation('limits', folder)
    if isinstance(found, str):
        pytest.skip(found)
    assert found.level == 'limits' and REACHES in found.description


@linux
def test_too_few_files_are_told_as_such():
    code = ('import resource, sys\nfrom instructor.sandbox import api as sandbox\n'
            'resource.setrlimit(resource.RLIMIT_NOFILE, (20, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))\n'
            'try:\n    sandbox.probe(jobs=10)\nexcept sandbox.IsolationError as error:\n    print(error)\n')
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ('only 20 files may be open at a time, 100 are needed: ulimit -n 100\n', '')


@linux
def test_as_few_files_as_are_asked_for_are_enough(arena):
    code = ('import resource, sys\nfrom instructor.sandbox import api as sandbox\n'
            'resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n'
            'isolation = sandbox.probe(sys.argv[1], sys.argv[2])\n'
            'print(sandbox.run(isolation, "print(6 * 7)").output)\n')
    done = subprocess.run([sys.executable, '-c', code, arena.level, arena.isolation.python], cwd=ROOT,
                          capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ('42\n\n', '')


def test_without_proc_it_is_said(monkeypatch):
    monkeypatch.setattr(probe.os.path, 'exists', lambda path: False)
    with pytest.raises(sandbox.IsolationError, match='mount -t proc proc /proc'):
        probe._check_machine(64)


@linux
def test_an_interpreter_without_numpy_is_said(tmp_path):
    subprocess.run([sys.executable, '-m', 'venv', '--without-pip', str(tmp_path)], check=True)
    with pytest.raises(sandbox.IsolationError, match="cannot import numpy .*No module named 'numpy'.*: install it"):
        sandbox.probe('auto', str(tmp_path / 'bin' / 'python'))
