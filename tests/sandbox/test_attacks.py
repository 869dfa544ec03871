"""What holds of all attacks: each of tests/helpers/attacks is tried, and the grader's own end ends them."""

import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from tests.helpers import ROOT, attacks, confinement

pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='containment needs Linux')


@pytest.mark.parametrize('end', [signal.SIGKILL, signal.SIGINT])
def test_end_of_the_grader_ends_all(arena, end):
    marker = uuid.uuid4().hex
    code = ('import sys, tempfile\nfrom instructor.sandbox import api as sandbox\n'
            'tempfile.tempdir = sys.argv[1]\nisolation = sandbox.Isolation(*eval(sys.argv[2]))\n'
            'print("begin", flush=True)\nsandbox.run(isolation, sys.stdin.read(), argv=[sys.argv[3]])\n')
    given = repr((arena.isolation.level, '', arena.isolation.binds, arena.isolation.python))
    entry = "import os\nif os.fork() == 0:\n    os.setsid()\n" + attacks.source('endless_loop')
    with subprocess.Popen([sys.executable, '-c', code, str(arena.temporary), given, marker], cwd=ROOT, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as grader:
        grader.stdin.write(entry)
        grader.stdin.close()
        deadline = time.monotonic() + 20
        while len(confinement.processes_with(marker)) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        grader.send_signal(end)
        grader.wait(20)
        assert confinement.gone(marker)
    deadline = time.monotonic() + 10
    while list(arena.temporary.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_every_attack_is_tried():
    text = ''.join(path.read_text() for path in Path(__file__).parent.glob('test_attacks*.py'))
    elsewhere = {'claim_too_long'}  # what it says is for a judge, see judges/test_functions.py
    assert [name for name in attacks.names() if f"'{name}'" not in text and name not in elsewhere] == []
    with pytest.raises(ValueError, match='needs more than nothing'):
        attacks.source('huge_file')
    with pytest.raises(ValueError, match='takes no PATH'):
        attacks.source('endless_loop', PATH='x')
    assert attacks.source('huge_file', at='call', SIZE=1).count('attack()') == 1
