"""A folder of Gradescope's: loose files, zips and folders, links that are never followed, and whose it is."""
import io
import json
import zipfile

import pytest

from instructor.intake import gradescope
from tests.helpers import courses

GT = courses.course('gt')
FILES = {name: f'# {name}\n' for name in GT.assignment.scripts}
ABOUT = {'id': 7, 'created_at': '2026-03-01T23:00:00.500000-07:00', 'assignment': {'due_date': '2026-03-02T05:00:00Z'},
         'users': [{'id': 41, 'name': 'Jane Doe', 'email': 'jd@example.com'}, {'id': 42, 'name': 'Joe Roe'}]}

pytestmark = pytest.mark.untrusted


def put(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def read(folder, about=None):
    path = folder.with_name('submission_metadata.json')
    if about is not None:
        path.write_text(about if isinstance(about, str) else json.dumps(about), encoding='utf-8')
    return gradescope.read_submission(folder, path, GT)


def as_zip(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, 'w') as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


@pytest.mark.parametrize('files', [
    FILES, {f'my work/{name}': text for name, text in FILES.items()}, {'hw1_gburdell3.zip': as_zip(FILES)},
    {'hw1_gburdell3.zip': as_zip({f'hw1/{name}': text for name, text in FILES.items()}), '.git/config': 'x'},
    {**FILES, '__MACOSX/models/._sgd.py': 'x'}], ids=['as they are', 'in a folder', 'zip', 'folder in zip', 'junk'])
def test_all_ways_to_upload_give_the_same_files(tmp_path, files):
    found, _ = read(put(tmp_path / 'submission', files), ABOUT)
    assert found.review_reasons == ()
    assert {name: content.decode() for name, content in found.files.items()} == FILES


def test_a_link_is_never_followed(tmp_path):
    secret = put(tmp_path, {'reference/sgd.py': 'the solution'}) / 'reference'
    folder = put(tmp_path / 'submission', {'utils.py': 'x'})
    (folder / 'optimizer').symlink_to(secret)
    (folder / 'models').mkdir()
    (folder / 'models/two_layer_nn.py').symlink_to(secret / 'sgd.py')
    found, _ = read(folder, ABOUT)
    assert found.files == {}
    assert [(reason.kind, reason.text.partition(':')[0]) for reason in found.review_reasons] == [
        ('special', 'optimizer'), ('special', 'models/two_layer_nn.py')]


def test_files_in_two_folders_need_review(tmp_path):
    files = {'old/utils.py': 'x', 'new/models/two_layer_nn.py': 'y'}
    found, _ = read(put(tmp_path / 'submission', files), ABOUT)
    assert [reason.kind for reason in found.review_reasons] == ['several-folders']


@pytest.mark.parametrize('files, kinds', [
    ({'a.zip': as_zip(FILES), 'b.zip': as_zip({})}, ['several-zips']),
    ({**FILES, 'a.zip': as_zip({'utils.py': 'other'})}, ['duplicate']),
    ({**FILES, 'a.zip': as_zip({'utils.py': FILES['utils.py']})}, [])])
def test_where_nothing_says_what_counts_a_person_decides(tmp_path, files, kinds):
    found, _ = read(put(tmp_path / 'submission', files), ABOUT)
    assert [reason.kind for reason in found.review_reasons] == kinds
    assert not any('came later' in note for note in found.notes)


def test_an_empty_folder_and_one_with_too_much(tmp_path, monkeypatch):
    (tmp_path / 'submission').mkdir()
    assert [reason.kind for reason in read(tmp_path / 'submission')[0].review_reasons] == ['no-wanted-file']
    monkeypatch.setattr(gradescope, 'MOST_FILES', 3)
    assert [reason.kind for reason in read(put(tmp_path / 'submission', FILES))[0].review_reasons] == ['too-many']


def test_the_metadata_say_whose_it_is_and_whether_it_is_late(tmp_path):
    folder = put(tmp_path / 'submission', FILES)
    found, said = read(folder, ABOUT)  # 23:00 seven hours behind is 06:00, an hour after 05:00
    assert (found.student, found.user_id, found.late, said) == ('Jane Doe, Joe Roe', '41', True, [])
    longer = [{**ABOUT['users'][0], 'assignment': {'due_date': '2026-03-03T00:00:00+00:00'}}, ABOUT['users'][1]]
    assert not read(folder, {**ABOUT, 'users': longer})[0].late
    assert not read(folder, {**ABOUT, 'assignment': {'due_date': None}})[0].late


@pytest.mark.parametrize('about', [
    None, '', '{', '[' * 100_000, '[]', {**ABOUT, 'users': []}, {**ABOUT, 'users': [{'id': 'x', 'name': 'y'}]},
    {**ABOUT, 'created_at': 'yesterday'}, {**ABOUT, 'created_at': '2026-03-01T23:00:00'}])
def test_without_usable_metadata_the_files_are_read_all_the_same(tmp_path, about):
    found, said = read(put(tmp_path / 'submission', FILES), about)
    assert (found.student, found.user_id, found.late, len(found.files)) == ('submission', None, False, len(FILES))
    assert len(said) == 1 and said[0] and '\n' not in said[0]
