"""What students have written is parsed and run by workers in confinement, never by the grader's own modules."""
import ast

import pytest

from tests.helpers import ROOT

GRADER = [path for folder in ('instructor/intake', 'instructor/judges', 'instructor/results', 'instructor/mlp_cnn')
          for path in (ROOT / folder).glob('*.py')]
RULES = [*ROOT.glob('assignments/*/teacher/*cases.py'), *ROOT.glob('assignments/*/teacher/*rules.py'),
         *ROOT.glob('assignments/*/teacher/left_open.py')]


@pytest.mark.parametrize('path', [*GRADER, *RULES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_of_the_grader_parses_or_runs_code(path):
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        names |= {node.id} if isinstance(node, ast.Name) else set()
        names |= {alias.name for alias in node.names} if isinstance(node, (ast.Import, ast.ImportFrom)) else set()
    assert names & {'ast', 'tokenize', 'compile', 'exec', 'eval', 'runpy'} == set()
