"""downloads.py and unpacking.py: what is read from a download, and what needs review."""
import io
import os
import stat
import tempfile
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructor.course import load_course
from instructor.intake import canvas, downloads, unpacking
from instructor.intake.reason import Reason
from tests.helpers import ROOT

COURSE = load_course(ROOT / 'instructor/courses/tamu.json')
NAME = 'Assignment_3_Jane_Doe.zip'
MLP = COURSE.assignment.results['q33']
WANTED = {'dnn_misc.py': b'misc', 'dnn_cnn_2.py': b'cnn', MLP: b'{}', 'collaboration.txt': b'no discussion'}


def zipped(files, **options):
    """A zip as bytes; files: dict or pairs of name (or ZipInfo) and content."""
    content = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(content, 'w', zipfile.ZIP_DEFLATED, **options) as archive:
        warnings.simplefilter('ignore')  # of names that are there twice
        for name, data in files.items() if isinstance(files, dict) else files:
            archive.writestr(name, data)
    return content.getvalue()


def info(name, kind=stat.S_IFREG):
    made = zipfile.ZipInfo(name)
    made.external_attr = (kind | 0o644) << 16
    return made


def gradebook(*user_ids, name='Doe, Jane'):
    return canvas.Gradebook(['Student', 'ID'], {user_id: [name, user_id] for user_id in user_ids}, None, ',')


@pytest.fixture
def read(tmp_path):
    """A function that reads a download: dict of member name -> bytes, as Canvas's zip or as a folder."""
    def make(members, book=None, folder=False):
        if folder:
            path = tmp_path / 'a folder'
            path.mkdir()
            for name, data in members.items():
                (path / name).write_bytes(data)
        else:
            path = tmp_path / 'submissions.zip'
            path.write_bytes(zipped(members))
        return downloads.read_submissions(path, COURSE, book)
    return make


def one(read, files):
    """The one submission whose zip holds these files."""
    [submission], _ = read({f'doejane_101_555_{NAME}': files if isinstance(files, bytes) else zipped(files)})
    return submission


# ---- who handed in what

def test_bulk_download(read):
    members = {f'doejane_101_555_{NAME}': zipped(WANTED), f'doejane_LATE_102_556_{NAME}': zipped(WANTED),
               'müller小明_103_557_Assignment_3_X_Y-1.zip': zipped(WANTED), 'anon_7Xk2p_9_a.zip': zipped(WANTED),
               '__MACOSX/._x': b'', '.DS_Store': b'', 'readme.txt': b''}
    found, others = read(members)
    assert [(one.student, one.user_id, one.attachment_id, one.late) for one in found] == [
        ('anon_7Xk2p', None, '9', False), ('doejane', '101', '555', False), ('doejane', '102', '556', True),
        ('müller小明', '103', '557', False)]
    assert all(one.files == WANTED and not one.review_reasons for one in found)
    assert {one.member for one in found} < {*members}
    assert found[0].notes == ('a.zip: should be called Assignment_3_{First}_{Last}.zip',)
    assert found[1].notes == found[2].notes == found[3].notes == ()
    assert others == ['readme.txt: belongs to no student, as far as its name says']
    assert len({one.digest for one in found}) == 4
    assert len({one.content_digest for one in found}) == 1  # whatever Canvas has called them


def test_names_of_loose_files_are_content(read):
    found, _ = read({'a_101_1_dnn_misc.py': b'x', 'a_101_2_dnn_cnn_2.py': b'y', 'b_LATE_102_3_dnn_misc-1.py': b'x',
                     'b_LATE_102_4_dnn_cnn_2.py': b'y', 'c_103_5_dnn_cnn_2.py': b'x', 'c_103_6_dnn_misc.py': b'y'})
    first, second, third = (one.content_digest for one in found)
    assert first == second != third


def test_a_folder_and_one_zip(read, tmp_path):
    members = {NAME: zipped(WANTED), 'doejane_101_555_x.zip': zipped(WANTED)}
    found, others = read(members, folder=True)
    assert [(one.student, one.user_id, one.member, one.files) for one in found] == [
        ('Assignment_3_Jane_Doe', None, NAME, WANTED), ('doejane', '101', 'doejane_101_555_x.zip', WANTED)]
    [single], others = downloads.read_submissions(tmp_path / 'a folder' / NAME, COURSE)
    assert (single.key, single.files, others) == (NAME, WANTED, [])
    [single], _ = downloads.read_submissions(tmp_path / 'a folder' / 'doejane_101_555_x.zip', COURSE)
    assert (single.key, single.files) == ('101', WANTED)


def test_what_holds_no_submission_is_refused_in_one_line(tmp_path):
    (tmp_path / 'bad.zip').write_bytes(b'PK no zip')
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'empty' / 'notes.txt').write_text('x')
    for name, said in (('bad.zip', 'neither a folder nor a readable zip'), ('empty', 'holds no submission'),
                       ('none', 'No such file')):
        with pytest.raises(downloads.IntakeError, match=said) as error:
            downloads.read_submissions(tmp_path / name, COURSE)
        assert '\n' not in str(error.value)


def test_of_several_zips_the_highest_attachment_id_counts(read):
    newer = {**WANTED, 'dnn_misc.py': b'newer'}
    [found], _ = read({'doejane_101_1000_b.zip': zipped(newer), 'doejane_101_999_c.zip': zipped(WANTED)})
    assert (found.files, found.attachment_id, found.member) == (newer, '1000', 'doejane_101_1000_b.zip')
    assert 'c.zip is not counted: b.zip came later' in found.notes


def test_loose_files_form_one_folder(read):
    [found], _ = read({f'doejane_101_{number}_{name}': data for number, (name, data) in enumerate(WANTED.items(), 5)})
    assert (found.files, found.review_reasons, found.notes) == (WANTED, (), ())
    [found], _ = read({'doejane_101_5_dnn_misc-2.py': b'misc', 'doejane_101_6_report.pdf': b'pdf'})
    assert found.files == {'dnn_misc.py': b'misc'} and not found.review_reasons
    assert any('taken for dnn_misc.py' in note for note in found.notes)


def test_a_loose_file_beside_the_zip_fills_a_gap(read):
    code = {name: WANTED[name] for name in COURSE.assignment.scripts}
    [found], _ = read({'doejane_101_5_a.zip': zipped(code), 'doejane_101_6_collaboration.txt': b'no discussion',
                       'doejane_101_7_dnn_misc.py': b'other'})
    assert found.files == {**code, 'collaboration.txt': b'no discussion'}
    assert 'dnn_misc.py: is in the zip and beside it; the one in the zip counts' in found.notes


@pytest.mark.parametrize('file', ['a.rar', 'a.7z', 'a.tar.gz', 'a.TGZ', 'a.rar'])
def test_other_archives_need_review(read, file):
    [found], _ = read({f'doejane_101_5_{file}': b'Rar!'})
    assert 'another archive' in found.review_reasons[0].text
    [found], _ = read({f'doejane_101_5_{file}': b'Rar!', 'doejane_101_6_a.zip': zipped(WANTED)})
    assert found.review_reasons and found.member == 'doejane_101_6_a.zip'


def test_text_and_links_have_a_row_and_no_feedback(read):
    found, _ = read({'doejane_101_text.html': b'x', 'roe_LATE_102_link.html': b'y', 'poe_103_5_a.zip': zipped(WANTED),
                     'poe_103_text.html': b'see the zip'})
    typed = (Reason('typed', downloads.TYPED),)
    assert [(one.user_id, one.review_reasons, one.attachable) for one in found] == [
        ('101', typed, False), ('103', (), True), ('102', typed, False)]
    assert found[1].files == WANTED


def test_what_the_gradebook_decides(read):
    members = {f'group_12_345_678_{NAME}': zipped(WANTED)}
    [found], _ = read(members)
    assert (found.user_id, found.files) == (None, {})
    assert 'group (12) or group_12 (345)' in found.review_reasons[0].text
    [found], _ = read(members, gradebook('345', '9'))
    assert (found.user_id, found.student, found.review_reasons) == ('345', 'group_12', ())
    assert 'under the name group_12, not Doe, Jane' in found.notes[0]
    [found], _ = read(members, gradebook('345', '12'))
    assert found.user_id is None and found.review_reasons
    [found], _ = read({f'doejane_9_678_{NAME}': zipped(WANTED)}, gradebook('9'))
    assert found.notes == ()


ANN, MINE = 'annlee_108_9001_mine.zip', zipped({**WANTED, 'dnn_misc.py': b'my own'})


@pytest.mark.parametrize('stranger', ['eve_556_9013_x_108_99999_a.zip', 'eve_556_9013_108_99999_a.zip',
                                      'x_108_556_9013_a.zip', 'annlee_108_99999_556_9013_a.zip',
                                      'eve_108_9013_a.zip', 'anon_cd34_9002_x_108_99999_a.zip'])
def test_no_file_of_a_stranger_takes_the_place_of_a_students_own(read, stranger):
    found, _ = read({ANN: MINE, stranger: zipped(WANTED)}, gradebook('108', '7', name='Lee, Ann'))
    graded = [one for one in found if one.user_id == '108' and not one.review_reasons]
    assert all(one.member == ANN and one.files['dnn_misc.py'] == b'my own' for one in graded)
    assert bool(graded) == stranger.startswith('anon_')  # that one claims nobody's id: it is open by itself
    assert any(reason.kind == 'contested-id' for one in found for reason in one.review_reasons) != bool(graded)
    assert {one.key for one in found} == {'108', stranger} or stranger == 'eve_108_9013_a.zip'


@pytest.mark.parametrize('member, user_id', [
    ('eve_556_9013_x_108_99999_a.zip', None), ('eve_556_9013_108_99999_a.zip', None), ('x_108_556_9013_a.zip', None),
    ('anon_cd34_9002_x_108_99999_a.zip', None), ('group_12_108_9013_a.zip', '108'),
    ('annlee_108_9013_hw_3_2024_a.zip', '108'), ('annlee_LATE_108_9013_hw_3_2024_a.zip', '108'),
    ('group_12_alpha_108_9013_a.zip', '108')])
def test_no_file_name_makes_a_stranger_a_student(read, member, user_id):
    [found], _ = read({member: zipped(WANTED)}, gradebook('108', '7', name='Lee, Ann'))
    assert (found.user_id, bool(found.review_reasons)) == (user_id, user_id is None)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_class_is_read_back(data):
    words = st.text(st.characters(whitelist_categories=('Ll', 'Nd')), min_size=1, max_size=8)
    ids = data.draw(st.lists(st.integers(1, 10 ** 6), unique=True, min_size=1, max_size=5))
    students = {str(user_id): data.draw(words) + 'x' for user_id in ids}
    late = {user_id: data.draw(st.booleans()) for user_id in students}
    members = {str(canvas.MemberName(student, late[user_id], user_id, str(10 ** 7 + int(user_id)), NAME)):
               zipped({**WANTED, 'dnn_misc.py': user_id}) for user_id, student in students.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'submissions.zip')
        path.write_bytes(zipped(members))
        found, _ = downloads.read_submissions(path, COURSE)
    assert {one.user_id: (one.student, one.late, one.files['dnn_misc.py'].decode(), one.review_reasons)
            for one in found} == {
        user_id: (student, late[user_id], user_id, ()) for user_id, student in students.items()}


# ---- what is taken out of a zip

def test_one_folder_and_what_nobody_asked_for(read):
    files = {f'my work/{name}': data for name, data in WANTED.items()}
    files.update({f'my work/.venv/lib/{number}.py': b'' for number in range(20)})
    files.update({'__MACOSX/._dnn_misc.py': b'', 'my work/.git/dnn_misc.py': b'', 'my work/mnist_subset.json': b'x'})
    found = one(read, files)
    assert (found.files, found.review_reasons) == (WANTED, ())
    assert 'files lie in this folder' in found.notes[0] and '23 files that were not asked for' in found.notes[1]


def test_a_hundred_thousand_members(read):
    files = [(f'.venv/lib/package/module{number}.py', b'') for number in range(100_000)]
    found = one(read, zipped([*files, *WANTED.items()]))
    assert (found.files, found.review_reasons) == (WANTED, ())
    assert any('100000 files that were not asked for' in note for note in found.notes)


def test_a_table_of_contents_that_is_too_long(read, monkeypatch):
    content = zipped(WANTED)
    monkeypatch.setattr(unpacking.open_zip, '__defaults__', (100,))
    assert 'its table of contents is too long' in one(read, content).review_reasons[0].text


def lying(content, name, size):
    """The zip with another size of a member in its table of contents."""
    at = content.rindex(b'PK\x01\x02', 0, content.rindex(name.encode()))
    return content[:at + 24] + size.to_bytes(4, 'little') + content[at + 28:]


MISC = 'dnn_misc.py'
ODD = {
    'parent': ([('../dnn_misc.py', b'x')], 'parent'),
    'parent inside': ([('a/../../dnn_misc.py', b'x')], 'parent'),
    'absolute': ([('/dnn_misc.py', b'x')], 'absolute'),
    'drive': ([('C:dnn_misc.py', b'x'), ('C:/dnn_misc.py', b'x')], 'absolute'),
    'backslash': ([('a\\dnn_misc.py', b'x')], 'backslash'),
    'link': ([(info(MISC, stat.S_IFLNK), b'/etc/passwd')], 'link'),
    'device': ([(info(MISC, stat.S_IFCHR), b'')], 'link'),
    'duplicate': ([(MISC, b'x'), (MISC, b'y')], 'more than once'),
    'another folder': ([(MISC, b'x'), (f'old/{MISC}', b'y')], 'more than once'),
    'case': ([(MISC, b'x'), ('DNN_misc.py', b'y')], 'more than once'),
    'several folders': ([(f'a/{MISC}', b'x'), ('b/dnn_cnn_2.py', b'y')], 'several folders: a, b'),
    'too large': ([(MISC, b'x' * 800_001)], 'larger than 800 KB'),
    'nothing': ([('homework.docx', b'x')], 'none of the files'),
    'empty': ([], 'none of the files'),
    'zip in the zip': ([('a.zip', zipped(WANTED))], 'none of the files'),
}


@pytest.mark.parametrize('case', ODD)
def test_odd_zips_need_review(read, case):
    members, said = ODD[case]
    found = one(read, zipped(members))
    assert any(said in reason.text for reason in found.review_reasons), found.review_reasons


@pytest.mark.parametrize('wanted, file', [
    (MISC, 'dnn_misc.py.txt'), (MISC, 'dnn_misc_final.py'), (MISC, 'my dnn_misc.py'), (MISC, 'dnn-misc.py'),
    (MISC, 'Dnn_Misc copy.py'), (MLP, f'{MLP}.txt'), (MLP, f'new_{MLP}'), (MLP, MLP.replace('.json', '_v2.json')),
    ('collaboration.txt', 'collaboration.txt.txt')])
def test_the_only_near_miss_of_a_name_is_taken_for_it(read, wanted, file):
    files = {name: data for name, data in WANTED.items() if name != wanted}
    found = one(read, zipped({**files, file: WANTED[wanted], 'notes.txt': b''}))
    assert found.files == WANTED and not found.review_reasons
    assert f'{file}: taken for {wanted}' in found.notes
    # Where the file itself is there, nothing else is looked at.
    found = one(read, zipped({**WANTED, file: b'other'}))
    assert found.files == WANTED and not found.review_reasons


@pytest.mark.parametrize('files', [['dnn_misc_old.py', 'dnn_misc_new.py'], ['dnn_msic.py'], ['dnn_mics.py']])
def test_what_may_be_meant_needs_review(read, files):
    there = {name: data for name, data in WANTED.items() if name != MISC}
    found = one(read, zipped({**there, **{file: file.encode() for file in files}}))
    [reason] = found.review_reasons
    assert (reason.kind, reason.for_student) == ('near', True) and all(file in reason.text for file in files)


def test_given_files_and_other_runs_are_no_near_miss(read):
    there = {name: data for name, data in WANTED.items() if name not in ('dnn_cnn_2.py', MLP)}
    others = ['dnn_cnn.py', 'dnn_cnn_2_check.py', 'dnn_mlp.py', 'dnn_im2col.py', 'test.py', 'misc.py', '.dnn_cnn_2.py',
              MLP.replace('d0.0', 'd0.1'), MLP.replace('MLP', 'MLP2')]
    found = one(read, zipped({**there, **{name: b'' for name in others}}))
    assert found.files == there and not found.review_reasons


def test_identical_duplicates_are_one_file(read):
    twice = zipped([*WANTED.items(), (MLP.replace('.json', ' (1).json'), WANTED[MLP]), (f'old/{MISC}', WANTED[MISC])])
    found = one(read, twice)
    assert found.files == WANTED and not found.review_reasons
    assert f'{MISC}: is there 2 times, with the same content' in found.notes


@pytest.mark.parametrize('encoding', ['utf-16', 'utf-16-be', 'utf-32'])
def test_what_a_byte_order_mark_says_is_decoded(read, encoding):
    text = 'x = "\u00fc"\n'
    mark = '\ufeff' if encoding.endswith('be') else ''
    found = one(read, zipped({**WANTED, MISC: (mark + text).encode(encoding)}))
    assert found.files[MISC] == text.encode() and not found.review_reasons
    assert f'{MISC}: is in {encoding[:6].upper()} and was converted to UTF-8' in found.notes
    assert unpacking.as_utf8(b'\xff\xfex') == (b'\xff\xfex', '')  # half a character: for review, see reading.py


@pytest.mark.parametrize('size', [3, 5000, 0, 2 ** 32 - 2])
def test_a_size_that_lies_needs_review(read, size):
    content = lying(zipped({MISC: b'x' * 100, 'dnn_cnn_2.py': b'y'}), MISC, size)
    found = one(read, content)
    assert any(MISC in reason.text for reason in found.review_reasons), found.review_reasons


@pytest.mark.parametrize('content', [b'', b'Rar!\x1a', zipped(WANTED)[:-30], zipped(WANTED)[:50]],
                         ids=['nothing', 'rar', 'end lost', 'all but the beginning lost'])  # a zip holds the time
def test_what_is_no_zip_needs_review(read, content):
    assert 'cannot be read as a zip' in one(read, content).review_reasons[0].text


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10 ** 6), st.binary(min_size=1, max_size=8))
def test_a_damaged_zip_is_read_right_or_needs_review(at, patch):
    content = zipped({MISC: b'misc', 'dnn_cnn_2.py': b'cnn'})
    at %= len(content)
    damaged = content[:at] + patch + content[at + len(patch):]
    part = unpacking.Part('a.zip', 'a.zip', None, lambda: io.BytesIO(damaged))
    counts, files, notes, reasons, digest = unpacking.unpack([part], COURSE)
    assert counts is part and len(digest) == 64
    assert reasons or all(files[name] in (b'misc', b'cnn') for name in files)


def test_a_zip_larger_than_any_submission(read, monkeypatch):
    monkeypatch.setattr(unpacking, 'LARGEST', 1000)
    content = zipped({**WANTED, 'noise': bytes(range(256)) * 8}, compresslevel=0)
    assert 'larger than 0 MB' in one(read, content + b'0' * 2000).review_reasons[0].text


def test_one_members_name_twice(tmp_path):
    name = f'doejane_101_555_{NAME}'
    (tmp_path / 'a.zip').write_bytes(zipped([(name, zipped(WANTED)), (name, zipped({MISC: b'other'}))]))
    [found], _ = downloads.read_submissions(tmp_path / 'a.zip', COURSE)
    assert 'twice' in found.review_reasons[0].text


def test_names_that_could_lead_elsewhere_or_break_lines(read):
    members = {'doejane_101_5_..\\x\n<script>$(id).zip': zipped(WANTED), 'roe_102_6_a\ndnn_misc.py': b'x'}
    found, _ = read(members)
    assert [one.member for one in found] == list(members) and not found[0].attachable
    assert all('\n' not in line for one in found
               for line in (*one.notes, *(reason.text for reason in one.review_reasons)))


def test_a_name_that_is_no_text_in_a_folder(tmp_path):
    name = os.fsdecode(b'doejane_101_5_\xff.zip')
    (tmp_path / name).write_bytes(zipped(WANTED))
    [found], _ = downloads.read_submissions(tmp_path, COURSE)
    assert (found.user_id, found.files, found.attachable) == ('101', WANTED, False)


def test_nothing_is_left_on_the_disk(read, tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking.tempfile, 'tempdir', str(tmp_path))
    one(read, WANTED)
    assert [path.name for path in tmp_path.iterdir()] == ['submissions.zip']


def test_members_whose_names_begin_with_a_dot_are_told(read):
    files = {'doejane_1_2_a.zip': zipped([(MISC, b'x')]), '.doejohn_3_4_b.zip': zipped([(MISC, b'x')]),
             '._doejane_1_2_a.zip': b'', '.DS_Store': b''}
    for folder in (False, True):
        found, others = read(files, folder=folder)
        assert [one.student for one in found] == ['doejane']
        assert others == ['.doejohn_3_4_b.zip: begins with a dot and was not read']
