"""The notebooks agree with their text, run from top to bottom, find Colab, and are collected with only their plots."""

import base64
import json
import os
import sys
import zipfile

import collect_submission
import gt_copy
import pytest

from assignments.gt_cs7643_hw1.teacher import make_notebooks

NAMES = 'main', 'collect_submission'
PNG = base64.b64encode(b'\x89PNG\r\n\x1a\n of a plot').decode()


def read(name):
    return json.loads((gt_copy.FOLDER / f'{name}.ipynb').read_text(encoding='utf-8'))


def source(cell):
    return ''.join(cell['source'])


# ---- text and notebook -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize('name', NAMES)
def test_notebook_and_text_agree(name):
    text = (make_notebooks.TEXTS / f'{name}.py').read_text(encoding='utf-8')
    assert (gt_copy.FOLDER / f'{name}.ipynb').read_text(encoding='utf-8') == make_notebooks.notebook(text)
    for cell in read(name)['cells']:
        assert cell['cell_type'] == 'markdown' or (cell['outputs'], cell['execution_count']) == ([], None)


@pytest.mark.parametrize('name', NAMES)
def test_jupytext_reads_the_text_in_the_same_way(name):
    jupytext, nbformat = pytest.importorskip('jupytext'), pytest.importorskip('nbformat')
    cells = jupytext.read(make_notebooks.TEXTS / f'{name}.py', fmt='py:percent').cells
    assert [(cell.cell_type, cell.source) for cell in cells] == [
        (cell['cell_type'], source(cell)) for cell in read(name)['cells']]
    nbformat.validate(nbformat.read(gt_copy.FOLDER / f'{name}.ipynb', as_version=4))


def test_a_text_becomes_cells():
    text = '# %% [markdown]\n# # Title\n#\n# Text\n\n# %%\nimport os\n\n# a comment\nos.getcwd()\n\n# %%\n\nx = 1\n'
    assert make_notebooks.cells(text) == [('markdown', '# Title\n\nText'),
                                          ('code', 'import os\n\n# a comment\nos.getcwd()'), ('code', 'x = 1')]
    for wrong, said in (('x = 1\n# %%\n', 'line 1: before'), ('# %% [markdown]\nText\n', 'line 2: in a markdown')):
        with pytest.raises(ValueError, match=said):
            make_notebooks.cells(wrong)


def test_the_command_writes_what_is_old_and_checks(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(make_notebooks, 'FOLDER', tmp_path)
    assert make_notebooks.main(['--check']) == 1 and list(tmp_path.iterdir()) == []
    assert make_notebooks.main([]) == 0 and make_notebooks.main(['--check']) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ['collect_submission.ipynb: up to date',
                                                         'main.ipynb: up to date']
    (tmp_path / 'main.ipynb').write_text('{}')
    assert make_notebooks.main(['--check']) == 1 and 'main.ipynb: differs' in capsys.readouterr().out


# ---- from top to bottom ----------------------------------------------------------------------------------------------

@pytest.fixture(scope='module')
def executed(tmp_path_factory):
    """A folder in which main.ipynb has been run, quickly, and saved."""
    for package in ('nbclient', 'nbformat', 'ipykernel', 'yaml', 'matplotlib'):
        pytest.importorskip(package)
    import nbclient
    import nbformat

    folder = gt_copy.make(tmp_path_factory.mktemp('executed'))
    notebook = nbformat.read(folder / 'main.ipynb', as_version=4)
    kept = os.environ.get('HW1_QUICK')
    os.environ['HW1_QUICK'] = '1'  # the kernel inherits it
    try:
        nbclient.NotebookClient(notebook, timeout=300, kernel_name='python3',
                                resources={'metadata': {'path': str(folder)}}).execute()
    finally:
        os.environ.pop('HW1_QUICK') if kept is None else os.environ.update(HW1_QUICK=kept)
    nbformat.write(notebook, folder / 'main.ipynb')
    return folder


def test_main_runs_from_top_to_bottom_on_the_small_data(executed):
    cells = [cell for cell in json.loads((executed / 'main.ipynb').read_text())['cells'] if cell['cell_type'] == 'code']
    texts = [''.join(''.join(output.get('text', '')) for output in cell['outputs']) for cell in cells]
    pictures = [sum('image/png' in output.get('data', {}) for output in cell['outputs']) for cell in cells]
    assert len(cells) == 14
    assert texts[0].startswith('Jupyter, in ') and texts[0].endswith('quick trial\n')
    assert texts[1].startswith('Data: a SMALL part of MNIST')
    assert texts[2].count(': passed') == 5 and texts[2].count('OK') == 5 and 'FAILED' not in texts[2]
    assert texts[3] == '4800 images for training, 1200 for validation, 1000 for testing\n'
    assert 'epoch 1, batch 75 of 75' in texts[4] and float(texts[4].split()[-1]) > 0.3  # the test accuracy
    for number, setting, values in ((8, 'learning_rate', ['1', '0.1', '0.01', '0.05']),
                                    (10, 'reg', ['0.1', '0.01', '0.001', '0.0001', '1'])):
        table = texts[number].splitlines()[-len(values) - 1:]
        assert table[0].split()[0] == setting and [line.split()[0] for line in table[1:]] == values
    assert pictures == [0, 0, 0, 0, 0, 2, 0, 2, 0, 1, 0, 1, 0, 2]
    assert (executed / 'loss_curve.png').is_file() and (executed / 'accuracy_curve.png').is_file()


def test_the_cells_have_the_numbers_that_the_text_gives_them():
    main, number = read('main')['cells'], 0
    for cell, following in zip(main, main[1:]):
        if cell['cell_type'] == 'markdown' and '**Cell' in source(cell):
            assert following['cell_type'] == 'code'
            wanted = [word for word in source(cell).partition('**Cell')[2].partition('**')[0].split()
                      if word.isdigit()]
            assert wanted[0] == str(number + 1), source(cell)
        number += cell['cell_type'] == 'code'
    assert number == 14


# In a plain Python, not in a kernel.
NO_IPYTHON = "import sys, types\nsys.modules['IPython'] = types.SimpleNamespace(get_ipython=lambda: None)\n"


def first_code(name):
    return next(source(cell) for cell in read(name)['cells'] if cell['cell_type'] == 'code')


@pytest.mark.parametrize('name', NAMES)
def test_the_first_cell_in_colab(tmp_path, name):
    """With a stand-in for Colab's module, and a folder of ours in place of the Drive."""
    folder = gt_copy.make(tmp_path)
    code = first_code(name).replace("'/content/drive/MyDrive'", repr(str(tmp_path)))
    colab = (NO_IPYTHON +
             "drive = types.SimpleNamespace(mount=lambda path: print('mounted', path));"
             "sys.modules['google'] = types.ModuleType('google');"
             "sys.modules['google.colab'] = types.SimpleNamespace(drive=drive)")
    done = gt_copy.run('-c', f'{colab}\n{code}', cwd=tmp_path)
    assert done.returncode == 1 and 'mounted /content/drive' in done.stdout
    assert 'hw1 does not hold utils.py and the other files: correct FOLDER_IN_DRIVE' in done.stderr
    right = code.replace("'Colab Notebooks/hw1'", repr(folder.name))
    done = gt_copy.run('-c', f'{colab}\n{right}\nprint(os.getcwd()); import mnist_csv', cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str(folder)
    done = gt_copy.run('-c', f'{colab}\n{code}', cwd=folder)  # the files lie beside the notebook: nothing to mount
    assert done.returncode == 0 and 'mounted' not in done.stdout


@pytest.mark.parametrize('name', NAMES)
def test_the_first_cell_elsewhere(tmp_path, name):
    folder = gt_copy.make(tmp_path)
    code = NO_IPYTHON + first_code(name)
    done = gt_copy.run('-c', f'{code}\nprint(os.getcwd())', cwd=folder)
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == str(folder), done.stderr
    done = gt_copy.run('-c', code, cwd=tmp_path)
    assert done.returncode == 1 and 'open this notebook in the folder of the homework' in done.stderr


# ---- collecting ------------------------------------------------------------------------------------------------------

def saved(folder, outputs):
    """Save a main.ipynb whose one code cell has these outputs."""
    cells = [{'cell_type': 'markdown', 'id': 'a', 'metadata': {}, 'source': ['**Your answer:** it depends']},
             {'cell_type': 'code', 'id': 'b', 'metadata': {}, 'source': ['print(1)'], 'execution_count': 7,
              'outputs': outputs}]
    content = {'cells': cells, 'metadata': {}, 'nbformat': 4, 'nbformat_minor': 5}
    (folder / 'main.ipynb').write_text(json.dumps(content))


OUTPUTS = [{'output_type': 'stream', 'name': 'stdout', 'text': ['a long log\n']},
           {'output_type': 'display_data', 'metadata': {}, 'data': {'image/png': PNG, 'text/plain': ['<Figure>']}},
           {'output_type': 'execute_result', 'execution_count': 7, 'metadata': {}, 'data': {'text/plain': ['17']}},
           {'output_type': 'error', 'ename': 'E', 'evalue': 'v', 'traceback': ['a traceback']}]


def test_only_plots_are_kept(tmp_path):
    saved(tmp_path, OUTPUTS)
    notebook, num_plots, warning = collect_submission.read_notebook(tmp_path / 'main.ipynb')
    assert (num_plots, warning) == (1, '') and notebook['cells'][1]['execution_count'] is None
    assert notebook['cells'][1]['outputs'] == [
        {'output_type': 'display_data', 'metadata': {}, 'data': {'image/png': PNG}}]


def test_the_zip_holds_the_code_in_structure(tmp_path):
    folder = gt_copy.make(tmp_path)
    (folder / 'models' / 'mine.txt').write_text('a note')
    files = collect_submission.code_files(folder)
    (tmp_path / 'code.zip').write_bytes(collect_submission.zipped(files))
    with zipfile.ZipFile(tmp_path / 'code.zip') as archive:
        assert archive.namelist() == [
            'configs/config_exp.yaml', 'configs/config_softmax.yaml', 'configs/config_twolayer.yaml',
            'models/__init__.py', 'models/_base_network.py', 'models/softmax_regression.py', 'models/two_layer_nn.py',
            'optimizer/__init__.py', 'optimizer/_base_optimizer.py', 'optimizer/sgd.py', 'utils.py']
        assert archive.read('utils.py') == (folder / 'utils.py').read_bytes() and archive.testzip() is None
        assert all(info.external_attr >> 16 == 0o100644 for info in archive.infolist())
    assert collect_submission.zipped(files) == (tmp_path / 'code.zip').read_bytes()
    assert collect_submission.unwritten_parts(files) == []


def collect(folder, *more, **environment):
    done = gt_copy.run(folder / 'collect_submission.py', *more, cwd=folder.parent, **environment)
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


def put_engine(monkeypatch, folder, found):
    """Collect from this folder; `found`: {name of a program: its path}, all that is on this computer."""
    monkeypatch.setattr(collect_submission, 'FOLDER', folder)
    monkeypatch.setattr(collect_submission.shutil, 'which', found.get)


def test_html_where_there_is_no_pdf_engine(tmp_path, monkeypatch, capsys):
    pytest.importorskip('nbconvert')
    folder = gt_copy.make(tmp_path)
    saved(folder, OUTPUTS)
    put_engine(monkeypatch, folder, {})
    (folder / 'hw1_writeup.pdf').write_text('of an earlier time')
    assert collect_submission.main([]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == '' and lines[:2] == ['hw1_code.zip: 11 files', 'hw1_writeup.html: 1 plots']
    assert len(lines) == 3 and lines[2].startswith('For a PDF, open hw1_writeup.html in a browser and print it to a')
    page = (folder / 'hw1_writeup.html').read_text(encoding='utf-8')
    assert PNG in page and 'it depends' in page and 'a long log' not in page and 'a traceback' not in page
    assert not (folder / 'hw1_writeup.pdf').exists()


def test_a_pdf_by_latex_and_html_where_that_fails(tmp_path, monkeypatch, capsys):
    nbconvert = pytest.importorskip('nbconvert')
    folder, given = gt_copy.make(tmp_path), []
    saved(folder, OUTPUTS)

    class Exporter:
        def from_notebook_node(self, node, resources):
            given.append(node)
            if len(given) == 2:
                raise RuntimeError('LaTeX says no')
            return b'%PDF-1.7 of a notebook', resources
    monkeypatch.setattr(nbconvert, 'PDFExporter', Exporter)
    put_engine(monkeypatch, folder, {'xelatex': '/xelatex', 'pandoc': '/pandoc'})
    assert collect_submission.main([]) == 0
    assert (folder / 'hw1_writeup.pdf').read_bytes() == b'%PDF-1.7 of a notebook'
    assert [output['output_type'] for output in given[0]['cells'][1]['outputs']] == ['display_data']
    assert capsys.readouterr().out.splitlines()[-1] == 'hw1_writeup.pdf: 1 plots'
    assert collect_submission.main([]) == 0
    assert 'no PDF by XeLaTeX: LaTeX says no' in capsys.readouterr().err
    assert (folder / 'hw1_writeup.html').is_file() and not (folder / 'hw1_writeup.pdf').exists()


@pytest.mark.skipif(os.name == 'nt', reason='the stand-in for a browser is a script with #!')
@pytest.mark.parametrize('content, ending', [('%PDF-1.4 printed', 'pdf'), ('not one', 'html')])
def test_a_pdf_by_a_browser(tmp_path, monkeypatch, capsys, content, ending):
    pytest.importorskip('nbconvert')
    folder, browser = gt_copy.make(tmp_path), tmp_path / 'chromium'
    saved(folder, OUTPUTS)
    gt_copy.put_program(browser, f'''import pathlib, sys, urllib.parse, urllib.request
target = [option.partition('=')[2] for option in sys.argv if option.startswith('--print-to-pdf=')][0]
assert b'it depends' in urllib.request.urlopen(sys.argv[-1]).read()
pathlib.Path(target).write_text({content!r})''')
    put_engine(monkeypatch, folder, {'chromium': str(browser)})
    assert collect_submission.main([]) == 0
    assert (folder / f'hw1_writeup.{ending}').is_file()
    out, err = capsys.readouterr()
    assert f'hw1_writeup.{ending}: 1 plots' in out and 'making the PDF by chromium' in err
    assert ('what it made is none' in err) == (ending == 'html')


def test_without_nbconvert_the_code_is_collected_all_the_same(tmp_path):
    folder = gt_copy.make(tmp_path)
    saved(folder, OUTPUTS)
    (tmp_path / 'nbconvert.py').write_text('raise ImportError("not here", name="nbconvert")')
    status, out, err = collect(folder, PYTHONPATH=str(tmp_path))
    assert status == 2 and out == ['hw1_code.zip: 11 files'] and len(err) == 1
    assert err[0].startswith('collect_submission.py: nbconvert is missing: ') and (folder / 'hw1_code.zip').is_file()


@pytest.mark.parametrize('change, said', [
    (lambda folder: (folder / 'utils.py').unlink(), 'utils.py is missing in '),
    (lambda folder: (folder / 'main.ipynb').unlink(), 'cannot read '),
    (lambda folder: (folder / 'main.ipynb').write_text('[]'), 'is not a notebook'),
    (lambda folder: (folder / 'main.ipynb').write_text('{"cells": [{"cell_type": "code"}]}'), 'is not a notebook'),
    (lambda folder: (folder / 'hw1_code.zip').mkdir(), 'cannot write ')])
def test_what_cannot_be_collected_is_one_line(tmp_path, change, said):
    folder = gt_copy.make(tmp_path)
    change(folder)
    status, out, err = collect(folder)
    assert status == 2 and len(err) == 1 and err[0].startswith('collect_submission.py: ') and said in err[0]
    assert not (folder / 'hw1_writeup.html').exists()


def test_a_blank_handout_is_told_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(collect_submission, 'FOLDER', gt_copy.make(tmp_path, is_blank=True))
    monkeypatch.setitem(sys.modules, 'nbconvert', None)
    assert collect_submission.main([]) == 2
    err = capsys.readouterr().err.splitlines()
    assert err[:-2] == [f'not written yet: {name}: {blank}'
                        for name, names in gt_copy.BLANKS.items() for blank in names]
    assert err[-2] == ('warning: main.ipynb has never been run, so hw1_writeup has no plots: run it to the end, save '
                       'it, and collect again')


@pytest.mark.parametrize('counts, outputs, what', [
    ((None, None), [], 'has never been run, so hw1_writeup has no plots'),
    ((1, None), OUTPUTS, 'has 1 of 2 cells that were not run'),
    ((1, 2), OUTPUTS[:1], 'holds no plots, so hw1_writeup has none'), ((1, 2), OUTPUTS, None)])
def test_a_notebook_that_was_not_run_gets_one_line(tmp_path, counts, outputs, what):
    saved(tmp_path, outputs)
    path = tmp_path / 'main.ipynb'
    content = json.loads(path.read_text())
    content['cells'] = [{**content['cells'][1], 'id': f'c{number}', 'execution_count': number, 'outputs': outputs}
                        for number in counts] + [{**content['cells'][1], 'source': [], 'execution_count': None}]
    path.write_text(json.dumps(content))
    warning = collect_submission.read_notebook(path)[2]
    assert warning == (f'warning: main.ipynb {what}: run it to the end, save it, and collect again' if what else '')


def test_the_executed_notebook_is_collected_by_the_other(executed):
    pytest.importorskip('nbconvert')
    import nbclient
    import nbformat

    notebook = nbformat.read(executed / 'collect_submission.ipynb', as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name='python3',
                            resources={'metadata': {'path': str(executed)}}).execute()
    said = ''.join(output['text'] for output in notebook.cells[-1].outputs if output.get('name') == 'stdout')
    assert 'hw1_code.zip: 11 files' in said and ': 8 plots' in said
    assert (executed / 'hw1_code.zip').is_file() and list(executed.glob('hw1_writeup.*'))
