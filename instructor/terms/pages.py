"""The numbers of a term in texts for teachers: README's table and example, and TERM.md."""
import re

from instructor.claims import look_for

NOTE = 'TERM.md'


class PageError(ValueError):
    """A page does not have what is to be changed in it; the text is one line."""


def with_numbers(readme, runs, records, printed):
    """The text of README.md with the accuracies of these records: in its table, and in examples of one epoch.

    runs: name -> Run; records: name -> record; printed: name -> what the run printed. Raises PageError.
    """
    for name, run in runs.items():
        script, record = re.escape(run.script), records[name]
        numbers = f'{record["train"][-1]:.4f} | {record["val"][-1]:.3f} |'
        readme, count = re.subn(rf'(?m)^(\| `{script}` \|.*\|) [\d.]+ \| [\d.]+ \|$', rf'\g<1> {numbers}', readme)
        if count != 1:
            raise PageError(f'README.md: must have one row for {run.script} with two accuracies, not {count}')
        first = printed.get(name, '').partition('At epoch 2\n')[0].replace('Finish running!\n', '')
        if first:
            example = re.compile(rf'(?m)^(\$ bash {script} --num_epoch 1\n)At epoch 1\n(.* at epoch 1 is .*\n)*')
            readme = example.sub(rf'\g<1>{first}', readme)
    return readme


def note(settings, command, assignment, records, failing):
    """The text of TERM.md: how the term was made, its numbers, and which statements of the text hold."""
    table = [f'| {question.title} | `{question.run.result}` | '
             + ' | '.join(f'{record[key][epoch]:.{digits}f}' for epoch in (0, -1)
                          for key, digits in (('train', 4), ('val', 3))) + ' |'
             for question in assignment.questions if question.run for record in [records[question.name]]]
    claims = [f'- {"does NOT hold" if claim in failing else "holds"}: {claim.text} ({look_for(claim, records)[0]})'
              for claim in assignment.claims]
    last = assignment.epochs
    return '\n'.join([
        '# This copy is the variant of a term', '',
        f'Random seed {settings["random_seed"]}, {settings["origin"]}. It was made by', '',
        f'    {command}', '',
        f'from a copy with random seed {settings["earlier_seed"]}; the result files of that one are now records of an '
        'earlier term.', f'`{assignment.data[0]}`: sha256 {settings["digits"]}.', '',
        f'| Question | Result file | train, epoch 1 | val, epoch 1 | train, epoch {last} | val, epoch {last} |',
        '|---|---|---|---|---|---|', *table, '', 'What the text says should be seen:', '', *claims, '',
        'Write the handout from this folder, and grade with this folder. `term` and `due` of your course are still '
        'those of', 'the earlier term: change them in `instructor/courses/`.', ''])
