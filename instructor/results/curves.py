"""The learning curves on a student's page."""
from functools import lru_cache
from pathlib import Path

import plot_curves
from instructor.results import markup
from instructor.results.markup import tag
from records import read_reference


def curves(row):
    """The picture of the readable learning curves; the reference is drawn behind those that were judged right."""
    records, right = [], []
    read = (row.judged or {}).get('records', {})
    for question, name in row.course.assignment.results.items():
        if name not in read:
            continue
        record = read[name]
        records.append((name, tuple(record['train']), tuple(record['val'])))
        if question in row.verdicts and row.verdicts[question].share == 1:
            right.append(name)
    try:
        return _drawn(tuple(records), tuple(right), row.course.assignment.references) if records else ''
    except Exception as error:  # a picture that fails must not cost the class its feedback
        return tag('p', f'cannot be drawn ({type(error).__name__}); this is a fault of the grader')


@lru_cache(maxsize=64)
def _drawn(records, right, folder):
    references = {name: (record['train'], record['val']) for name, record in read_reference(folder).items()}
    svg = plot_curves.picture({Path(name): (train, val) for name, train, val in records},
                              {name: references[name] for name in right}, file_format='svg',
                              axis_of=[curve for record in references.values() for curve in record])
    return markup.picture(svg, 'accuracy on the training and the validation set after each epoch, one panel per run')
