"""submission.py on zips as they arrive: folders, copies, tricks with names and sizes, unreadable scripts."""

import io
import json
import stat
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from submission import Unreadable, ZipSource, check, check_collaboration
from tests.helpers import ROOT, courses
from tests.helpers.packing import RECORDS, RIGHT, submit

CONTENTS = {'dnn_misc.py': (ROOT / 'dnn_misc.py').read_bytes(), 'dnn_cnn_2.py': (ROOT / 'dnn_cnn_2.py').read_bytes(),
            'collaboration.txt': b'no discussion', **{name: json.dumps(RIGHT).encode() for name in RECORDS.values()}}


def make_zip(members, compression=zipfile.ZIP_DEFLATED):
    """members: pairs of a name or ZipInfo and bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, 'w', compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return content


def arrived(content):
    """The Source of a zip, and its problems as (kind, file)."""
    content.seek(0)
    source = ZipSource(zipfile.ZipFile(content), courses.task('tamu'))
    return source, [problem[:2] for problem in check(source, courses.task('tamu'))]


@pytest.mark.parametrize('folder', ['', 'Assignment_3_Cheng_Zhang/', './', 'a/b/c/', 'Übung 3/'])
def test_files_at_the_top_or_in_a_folder(folder):
    source, problems = arrived(make_zip([(folder, b''), *((folder + name, data) for name, data in CONTENTS.items())]
                                        if folder else CONTENTS.items()))
    assert problems == []
    assert [(note.kind, note.file) for note in source.notes] == (
        [] if folder in ('', './') else [('folder', folder.rstrip('/'))])
    assert {name: source.read(name) for name in source.files} == CONTENTS


def test_what_macos_and_others_leave_in_a_zip_is_named_and_not_taken():
    junk = ['__MACOSX/hw/._dnn_misc.py', '__MACOSX/dnn_misc.py', 'hw/.DS_Store', 'hw/.git/dnn_misc.py',
            'hw/mnist_subset.json', '.venv/lib/dnn_misc.py']
    source, problems = arrived(make_zip([*((f'hw/{name}', data) for name, data in CONTENTS.items()),
                                         *((name, b'\xff') for name in junk)]))
    assert problems == []
    [folder, other] = source.notes
    assert (folder.kind, other.kind) == ('folder', 'other')
    assert '6 files' in other.text and '__MACOSX' in other.text and '.DS_Store' in other.text


@pytest.mark.parametrize('change', ['{}-1{}', '{}-12{}', '{} (1){}', '{}(2){}'])
def test_suffixes_of_resubmissions_and_downloads(change):
    renamed = {change.format(Path(name).stem, Path(name).suffix): data for name, data in CONTENTS.items()}
    source, problems = arrived(make_zip(renamed.items()))
    assert problems == [] and {name: source.read(name) for name in source.files} == CONTENTS
    assert {(note.kind, note.file) for note in source.notes} == {('renamed', name) for name in renamed}


def test_another_case_is_understood():
    source, problems = arrived(make_zip((name.upper(), data) for name, data in CONTENTS.items()))
    assert problems == [] and {note.kind for note in source.notes} == {'renamed'}


def test_files_in_several_folders():
    source, problems = arrived(make_zip((('results/' if name.endswith('.json') else 'code/') + name, data)
                                        for name, data in CONTENTS.items()))
    assert problems == [] and [note[:2] for note in source.notes] == [('folder', 'code'), ('folder', 'results')]


def link(name):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


MISC = CONTENTS['dnn_misc.py']
TRICKS = {
    'parent': ('parent', [('../dnn_misc.py', MISC)]),
    'parent inside': ('parent', [('hw/../../dnn_misc.py', MISC)]),
    'absolute': ('absolute', [('/tmp/dnn_misc.py', MISC)]),
    'drive': ('absolute', [('C:/hw/dnn_misc.py', MISC)]),
    'backslash': ('backslash', [('hw\\dnn_misc.py', MISC)]),
    'backslash parent': ('backslash', [('..\\dnn_misc.py', MISC)]),
    'link': ('link', [(link('dnn_misc.py'), b'/etc/passwd')]),
    'duplicate': ('duplicate', [('dnn_misc.py', MISC), ('dnn_misc.py', b'import os')]),
    'two folders': ('duplicate', [('dnn_misc.py', MISC), ('backup/dnn_misc.py', b'import os')]),
    'with its copy': ('duplicate', [('dnn_misc.py', MISC), ('dnn_misc-1.py', b'import os')]),
    'case': ('case', [('dnn_misc.py', MISC), ('DNN_misc.py', b'import os')]),
    'right and wrong': ('parent', [('dnn_misc.py', MISC), ('../dnn_misc.py', b'import os')]),
    'missing': ('missing', []),
    'mistyped': ('near', [('dnn_misc.pyX', MISC)]),
    'too large': ('size', [('dnn_misc.py', bytes(5_000_001))]),
    'bomb': ('size', [('dnn_misc.py', bytes(100_000_000))]),
}


@pytest.mark.filterwarnings('ignore:Duplicate name')
@pytest.mark.parametrize('kind, members', TRICKS.values(), ids=TRICKS)
def test_tricks_with_paths_and_sizes_have_kinds_of_their_own(kind, members):
    others = [(name, data) for name, data in CONTENTS.items() if name != 'dnn_misc.py']
    source, problems = arrived(make_zip([*members, *others]))
    assert problems == [(kind, 'dnn_misc.py')]


@pytest.mark.parametrize('name, limit', [('dnn_misc.py', 800_000), (RECORDS['q33'], 50_000)])
def test_no_more_is_read_than_a_file_can_have(name, limit):
    source, _ = arrived(make_zip([(name, b'#' * limit)], zipfile.ZIP_STORED))
    assert source.read(name) == b'#' * limit
    source, _ = arrived(make_zip([(name, b'#' * (limit + 1))], zipfile.ZIP_STORED))
    with pytest.raises(Unreadable, match='larger than'):
        source.read(name)


BOMB = f'x = lambda b, a: {"[" * 40}a{" for a in b]" * 40}\n'       # Python 3.12 and 3.13 end when they compile it
FINALLY = ''.join(f'{" " * depth}try:\n{" " * depth} pass\n{" " * depth}finally:\n' for depth in range(18))
HUGE = f'{FINALLY}{" " * 18}pass\n'                                 # as compiled, it doubles with each level


@pytest.mark.parametrize('text, ends', [(BOMB, sys.version_info >= (3, 12)), (HUGE * 8, True)])
def test_a_script_over_which_python_itself_ends(tamu, text, ends):
    """The control: to compile it ends a process of as much memory, or takes all its processor time."""
    code = ('import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n'
            'resource.setrlimit(resource.RLIMIT_CPU, (20, 20)); compile(sys.stdin.read(), "f", "exec")')
    control = subprocess.run([sys.executable, '-c', code], input=text, text=True, stderr=subprocess.PIPE)
    assert (control.returncode != 0) == ends
    with open(tamu / 'dnn_misc.py', 'a') as script:
        script.write(f'\n{text}')
    status, _, err = submit(tamu, 'tamu')
    assert status == ends
    assert any(line.startswith('dnn_misc.py: Python') for line in err) == ends


def test_a_long_declaration_of_collaboration_is_cut_short(tamu):
    steps, task = 0, courses.task('tamu')

    def count(frame, event, argument):
        nonlocal steps
        steps += 1
        return count

    sys.settrace(count)
    try:
        problems = check_collaboration({'collaboration.txt': 'x\n' * 20_000}, task)
    finally:
        sys.settrace(None)
    assert len(problems) == 20 and steps < 150_000  # not a look at the course for each of the rows
    (tamu / 'collaboration.txt').write_text('x\n' * 2_500_000)
    assert [line for line in submit(tamu, 'tamu')[2] if 'collaboration.txt: larger than 50 KB' in line]


@pytest.mark.parametrize('compression', [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_a_limit_are_not_read(compression):
    members = CONTENTS.items()
    assert {kind for kind, _ in arrived(make_zip(members, compression))[1]} == {'packing'}


def forge(content, offset, value, form='<L'):
    """Change a field in the central directory's entry of the first member."""
    data = bytearray(content.getvalue())
    struct.pack_into(form, data, data.index(b'PK\x01\x02') + offset, value)
    return io.BytesIO(bytes(data))


@pytest.mark.parametrize('offset, value, form, kind', [
    (24, 10, '<L', 'unreadable'),              # uncompressed size: smaller than it is
    (24, 4_000_000_000, '<L', 'unreadable'),   # larger
    (16, 0, '<L', 'unreadable'),               # checksum
    (8, 1, '<H', 'packing'),                   # the flag of encryption
    (10, 99, '<H', 'packing'),                 # a method that does not exist
    (42, 7, '<L', 'unreadable'),               # where the member begins
])
def test_headers_that_lie(offset, value, form, kind):
    content = make_zip(sorted(CONTENTS.items(), key=lambda item: item[0] != 'dnn_misc.py'))
    assert arrived(forge(content, offset, value, form))[1] == [(kind, 'dnn_misc.py')]


def test_a_bomb_behind_a_small_size_is_found_out():
    bomb = make_zip([('dnn_misc.py', bytes(50_000_000))])
    assert ('unreadable', 'dnn_misc.py') in arrived(forge(bomb, 24, 100))[1]


def test_damaged_data():
    content = bytearray(make_zip([('dnn_misc.py', MISC)]).getvalue())
    content[60:200] = bytes(140)
    assert ('unreadable', 'dnn_misc.py') in arrived(io.BytesIO(bytes(content)))[1]


def test_a_hundred_thousand_members_are_counted_not_listed():
    content = make_zip([*CONTENTS.items(), *((f'x/{number}\n\x1b', b'') for number in range(100_000))],
                       zipfile.ZIP_STORED)
    source, problems = arrived(content)
    assert problems == []
    [note] = source.notes
    assert '100000 files' in note.text and note.text.isprintable() and len(note.text) < 500


def test_texts_of_problems_are_one_printable_line():
    source, _ = arrived(make_zip([('a\n\x1b[2J/dnn_misc.py', b'#'), ('b\n/dnn_misc.py', b'#')]))
    for one in [*check(source, courses.task('tamu')), *source.notes]:
        assert (one.file + one.text).isprintable()
