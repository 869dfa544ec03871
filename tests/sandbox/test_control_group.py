"""Control groups: where one may be made, its limits, and what the kernel ends in it."""

import os
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from instructor.sandbox import api as sandbox
from instructor.sandbox import control_group, supervisor
from instructor.sandbox.protocol import RunningTime
from tests.helpers.confinement import SHORT, linux

MOUNTS = '24 30 0:21 / /proc rw - proc proc rw\n30 23 0:26 {root} /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n'


@pytest.mark.parametrize('mounts, own, folders', [
    (MOUNTS.format(root='/'), '0::/user.slice/app.scope\n', ['/user.slice/app.scope', '/user.slice', '']),
    (MOUNTS.format(root='/'), '9:pids:/x\n0::/\n', ['']),
    (MOUNTS.format(root='/docker/1'), '0::/docker/1/a\n', ['/a', '']),
    (MOUNTS.format(root='/docker/1'), '0::/elsewhere\n', None), ('', '0::/\n', None), (MOUNTS, '1:cpu:/\n', None)])
def test_where_a_control_group_may_be_made(mounts, own, folders):
    found = control_group.candidates(mounts, own)
    assert [path.rstrip('/') for path in found] == [f'/sys/fs/cgroup{folder}' for folder in folders or []]


def test_limits_of_a_control_group(tmp_path):
    """On a folder that stands in for the kernel's."""
    group = Path(control_group.make(str(tmp_path), asdict(sandbox.Limits())))
    assert int((group / 'memory.max').read_text()) == (1 << 30) + (64 << 20) + (128 << 20)
    assert (group / 'pids.max').read_text() == '24' and (group / 'cpu.max').read_text() == '100000 100000'
    assert not control_group.ran_out_of_memory(str(group))
    (group / 'memory.events').write_text('low 0\noom 1\noom_kill 1\n')
    assert control_group.ran_out_of_memory(str(group))
    control_group.join(str(group))
    assert (group / 'cgroup.procs').read_text() == '0'


def test_a_run_that_the_kernel_ended_for_its_memory_is_told_so():
    run = supervisor.Run({'limits': asdict(SHORT), 'files': []}, RunningTime())
    run.add_status(b'started\n')
    assert run.report(ran_out_of_memory=True)['ended'] == 'memory'
    assert run.report(ran_out_of_memory=False)['ended'] == 'grader fault'  # no child can end what holds it
    run.add_status(b'ended 9\n')
    assert run.report(ran_out_of_memory=True)['ended'] == 'memory'
    assert run.report(ran_out_of_memory=False)['ended'] == 'signal'


@linux
def test_in_a_control_group_of_its_own(arena):
    parent = control_group.find_parent(asdict(SHORT))
    if not parent:
        assert 'no control group' in arena.isolation.description
        pytest.skip('this system grants no control group with memory, pids and cpu')
    assert 'a control group' in sandbox.probe(arena.level, arena.isolation.python).description
    before = os.listdir(parent)
    grouped = replace(arena.isolation, cgroup=parent)
    assert sandbox.run(grouped, 'print(1)', limits=SHORT).ended == 'ok'
    bomb = 'import os\nfor _ in range(40):\n    if os.fork() == 0:\n        x = b"x" * 60_000_000\n        input()\n'
    assert sandbox.run(grouped, bomb, limits=SHORT).ended in ('memory', 'processes', 'exit')
    assert os.listdir(parent) == before
