"""grade.py on the command line: its options, and what it says in one line."""

import sys

import pytest

pytest.importorskip('matplotlib')
pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='grading needs Linux')

from benchmarks import synthetic_class
from instructor import grade
from instructor.results.journal import Journal, JournalError
from instructor.sandbox import api as sandbox
from tests.helpers.grading import (
    COURSE,
    command,
    journal,
    run,
)


def test_a_file_nested_deeply_does_not_end_the_grader(folder):
    try:
        sandbox.probe()
    except sandbox.IsolationError as error:
        pytest.skip(str(error))
    code = f'x = {"-" * 190_000}1\n'
    synthetic_class.download(folder / 'submissions.zip', {'deep': {'dnn_misc.py': code.encode()}}, COURSE)

    def small_stack():
        import resource
        resource.setrlimit(resource.RLIMIT_STACK, (512 << 10, resource.getrlimit(resource.RLIMIT_STACK)[1]))

    assert command(folder / 'submissions.zip', '--course', 'tamu', '--output', folder / 'OUT', '--rerun-epochs', '0',
                   preexec_fn=small_stack)[0] == 0
    [entry] = journal(folder)
    assert any('Python cannot read it' in flag for flag in entry['flags']) or any(
        reason['kind'] == 'unparsable' for reason in entry['review_reasons'])


@pytest.mark.parametrize('more, said', [
    (['--course', 'mit'], '--course mit'), (['--course', '../x'], '--course ../x'), (['--jobs', '0'], '--jobs'),
    (['--rerun-epochs', '31'], '--rerun-epochs'), (['--rerun-epochs', 'x'], '--rerun-epochs'),
    (['--assignment', 'x'], 'add --gradebook'), (['--gradebook', 'none.csv'], 'none.csv'),
    (['--isolation', 'none'], '--isolation'), (['--only', '555'], 'no submission of 555'),
    (['--output', '/dev/null'], '/dev/null'), (['extra'], 'extra'), (['--output', 'SUBMISSIONS'], 'another folder'),
    (['--dask', 'local'], '--dask needs namespaces'),
    (['--output', ''], '--output: is empty'), (['--gradebook', ''], '--gradebook: is empty'),
    (['--output', 'DANGLING'], 'a link to a folder that is not there'),
    (['--course', 'ta\nmu\x1b[2J'], 'ta?mu?[2J'), (['--isolation', 'a\nb'], '--isolation')])
def test_wrong_options_get_one_line(folder, capsys, more, said):
    arguments = [str(folder / 'submissions.zip'), '--course', 'tamu', '--output', str(folder / 'OUT'),
                 '--isolation', 'limits', *more]
    (folder / 'link').symlink_to(folder / 'nowhere')
    places = {'SUBMISSIONS': arguments[0], 'DANGLING': str(folder / 'link')}
    arguments = [places.get(one, one) for one in arguments]
    try:
        status = grade.main(arguments)
    except SystemExit as end:
        status = end.code
    out, err = capsys.readouterr()
    assert status == 2 and out == '' and said in err and err.count('\n') == 1 and '\x1b' not in err
    assert not (folder / 'OUT/grades.csv').exists()


def test_from_the_command_line(tmp_path):
    assert command('none.zip', '--course', 'tamu', '--output', tmp_path / 'OUT') == (
        2, 'instructor.grade: none.zip: cannot be read (No such file or directory)\n')
    assert command()[0] == 2
    assert command('--help') == (0, '')
    assert not (tmp_path / 'OUT').exists()


def test_elsewhere_than_on_linux_one_line_says_what_to_use(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'platform', 'darwin')
    assert grade.main(['x', '--course', 'tamu', '--output', 'y']) == 2
    assert 'use a Linux machine' in capsys.readouterr().err


def test_two_runs_do_not_write_to_one_folder(folder):
    (folder / 'OUT').mkdir()
    with Journal(folder / 'OUT/journal.jsonl', COURSE.points):
        with pytest.raises(JournalError, match='another run'):
            run(folder)
