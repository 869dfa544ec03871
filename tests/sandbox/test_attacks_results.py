"""Attacks on the result: outliving the call, ending too early, sending something else than numbers."""

import io
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest

from instructor.sandbox import api as sandbox
from tests.helpers import attacks

MB = 1_000_000

pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='containment needs Linux')


# ---- outliving the call, ending too early

def test_daemon(arena):
    target = arena.targets / 'written'
    arena.control('daemon', PATH=str(target), SECONDS=0.2)
    time.sleep(0.1)
    deadline = time.monotonic() + 20
    while not (target.exists() and target.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    target.unlink()
    outcome = arena.attack('daemon', PATH=str(target), SECONDS=0.5)
    assert (outcome.ended, outcome.output) == ('ok', 'left\n')
    time.sleep(0.6)
    assert not target.exists()


@pytest.mark.parametrize('name', ['exit_now', 'exit_politely'])
def test_exit_that_claims_success(arena, name):
    assert arena.control(name)[0] == 'PASSED\n'
    outcome = arena.attack(name)
    assert (outcome.ended, outcome.output, outcome.result) == ('ok', 'PASSED\n', None)
    with pytest.raises(ValueError, match='no result was sent'):
        sandbox.read_reply(outcome.result)


def test_writing_at_the_end(walled):
    target = walled.targets / 'written'
    assert walled.control('exit_at_the_end', PATH=str(target))[1] == b'REACHED' and target.read_text() == 'REACHED'
    target.unlink()
    outcome = walled.attack('exit_at_the_end', PATH=str(target))
    with pytest.raises(ValueError, match='it breaks off'):  # its own way out is open to it, and leads to a reader
        sandbox.read_reply(outcome.result)


# ---- the judge's numbers

def test_patched_numpy(arena):
    judge = '\nprint(np.allclose(1, 2), np.array_equal([1], [2]))\n'
    script = arena.work / 'script.py'
    script.write_text(attacks.source('monkeypatch_numpy') + judge)
    assert subprocess.run([sys.executable, str(script)], capture_output=True, text=True).stdout == 'True True\n'
    arena.attack('monkeypatch_numpy')
    assert not np.allclose(1, 2) and not np.array_equal([1], [2])


def test_result_too_large(arena):
    assert len(arena.control('result_too_large', SIZE=MB)[1]) > 0.9 * MB
    outcome = arena.attack('result_too_large', SIZE=100 * MB)
    assert (outcome.ended, outcome.result) == ('result too large', None)


def test_pickle_in_place_of_an_array(arena):
    target = arena.targets / 'unpickled'
    result = arena.control('result_pickle', PATH=str(target))[1]
    np.load(io.BytesIO(result), allow_pickle=True)['answer'][0].close()
    assert target.exists()
    target.unlink()
    outcome = arena.attack('result_pickle', PATH=str(target))
    with pytest.raises(ValueError, match='it breaks off'):
        sandbox.read_reply(outcome.result)
    assert not target.exists()


def test_result_that_unpacks_to_more(arena):
    result = arena.control('result_bomb', SIZE=50 * MB)[1]
    assert len(result) < MB and np.load(io.BytesIO(result))['answer'].nbytes == 50 * MB
    with pytest.raises(ValueError, match='it breaks off'):
        sandbox.read_reply(arena.attack('result_bomb', SIZE=60 * MB).result)


@pytest.mark.filterwarnings('ignore')
def test_result_whose_parts_overlap(arena):
    result = arena.control('result_overlap', SIZE=MB, COUNT=30)[1]
    with zipfile.ZipFile(io.BytesIO(result)) as archive:
        assert len(result) < 1.1 * MB and sum(info.file_size for info in archive.infolist()) > 29 * MB
    with pytest.raises(ValueError, match='it breaks off'):
        sandbox.read_reply(arena.attack('result_overlap', SIZE=3 * MB, COUNT=120).result)


def test_result_that_claims_more(arena):
    [array] = sandbox.read_reply(arena.control('result_claims', SIZE=10)[1]).arrays
    assert array.tolist() == [0] * 10
    with pytest.raises(ValueError, match=r'claims 1 axes \[1000000000000\] of <f8, but holds 80 bytes'):
        sandbox.read_reply(arena.attack('result_claims', SIZE=10 ** 12).result)
