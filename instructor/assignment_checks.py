"""What several keys of an assignment.json have to do with each other."""
from pathlib import Path

from instructor.descriptions import check_known, demand, quoted


def check(path, assignment):
    """Raise DescriptionError if an assignment.Assignment contradicts itself; path: of its file."""
    handed_out = [*assignment.given, *assignment.shared, *assignment.scripts]
    _check_runs(path, assignment)
    _check_questions(path, assignment.questions, handed_out, assignment.scripts)
    check_known(path, 'packed', assignment.packed, handed_out, 'files that are handed out')
    _check_documents(path, assignment, handed_out)
    _check_claims(path, assignment)


def _check_questions(path, questions, handed_out, scripts):
    items = [item.name for question in questions for item in question.items]
    runs = [question.run for question in questions if question.run]
    for what, names in (('items of one name', items), ('questions of one name', [one.name for one in questions]),
                        ('runs that write one result file', [run.result for run in runs])):
        twins = [name for name in names if names.count(name) > 1]
        demand(not twins, path, 'questions', f'must not have two {what}, {quoted(twins[:1])}')
    for number, question in enumerate(questions):
        key = f'questions.{number}'
        check_known(path, f'{key}.needs', question.needs, items, 'items')
        check_known(path, f'{key}.scripts', question.scripts, scripts, 'scripts')
        check_known(path, f'{key}.stand_ins', question.stand_ins, question.scripts, 'scripts of the question')
        for item in question.items:
            siblings = [one.name for one in question.items]
            check_known(path, f'{key}.items.{item.name}.needs', item.needs, siblings, 'items')
            demand(not item.parts or sum(item.parts.values()) > 0, path, f'{key}.items.{item.name}.parts',
                    'must be more than 0 in all')
        if question.run:
            check_known(path, f'{key}.run.uses', question.run.uses, scripts, 'scripts')
            check_known(path, f'{key}.run.unaffected_by', question.run.unaffected_by, items, 'items')
            check_known(path, f'{key}.run.command', question.run.command[:1], handed_out, 'files that are handed out')
            check_known(path, f'{key}.run.script', [question.run.script], handed_out, 'files that are handed out')


def _check_documents(path, assignment, handed_out):
    names = [Path(name).name.casefold() for name in (*assignment.documents, *assignment.scripts)]
    for name in assignment.documents:  # files are found by their names alone
        demand(names.count(Path(name).name.casefold()) == 1, path, 'documents',
               f'must not give {name} the name of another file')
        demand(name not in handed_out, path, 'documents', f'must not hold {name}: it is handed out')
    for number, question in enumerate(assignment.questions):
        check_known(path, f'questions.{number}.documents', question.documents, assignment.documents, 'documents')


def _check_runs(path, assignment):
    for key in ('data', 'run_files', 'epochs', 'trial_data', 'references', 'known_records'):
        demand(getattr(assignment, key) or not assignment.runs, path, key, 'is missing: there are runs')
    if assignment.short_runs:
        file = f'{assignment.short_runs.load.partition(".")[0]}.py'
        check_known(path, 'short_runs.load', [file], assignment.run_files, 'run_files')


def _check_claims(path, assignment):
    for number, claim in enumerate(assignment.claims):
        key = f'claims.{number}'
        check_known(path, f'{key}.question', [claim.question], assignment.runs, 'questions with a run')
        check_known(path, f'{key}.than', claim.than, assignment.runs, 'questions with a run')
        demand(claim.epoch <= assignment.epochs, path, f'{key}.epoch', f'must be at most {assignment.epochs}')
