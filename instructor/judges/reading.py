"""Has the files of a submission read in a confined child, so that nothing in them can end or hold up the grader."""
from dataclasses import asdict, dataclass, field

from instructor.intake.reason import Reason
from instructor.judges.cases import load_module
from instructor.publishing import blanks
from instructor.publishing.hand_in import task_of
from instructor.sandbox.worker_runs import KILLED, MASTER, WAITS, WORKERS, ask_worker

LIMITS = {'wall_seconds': 60, 'cpu_seconds': 30, 'idle_seconds': 20}
_LONGEST, _MOST = 1000, 100  # characters of a line, lines
NO_TEXT = 'is neither UTF-8 text nor in the encoding that it declares'
_WHY = {'endless': 'takes too long to be parsed', WAITS: 'takes too long to be parsed', KILLED: 'could not be parsed',
        'memory': 'needs too much memory to be parsed'}


@dataclass
class Reading:
    """What is known of the files of a submission without running them.

    texts: the names of those that are text. records: name of a result file -> {'train': [...], 'val': [...]}.
    problems: name of a file -> why it is no text, or no result file. items: what workers/read_submission.items says of
    the main with TODO items. flags: lines on the scripts and the declaration of collaboration, without deduction.
    changed: the names of scripts in which more than the blanks is the student's, or could not be compared;
    changed_code: the names of functions in which that is so.
    review_reasons: the Reasons for a review: Python itself ended over a file, or took too long;
    unread: the names of these files. long: the names of scripts that are too long to be the right files.
    """

    texts: set = field(default_factory=set)
    records: dict = field(default_factory=dict)
    problems: dict = field(default_factory=dict)
    items: dict = field(default_factory=dict)
    flags: list = field(default_factory=list)
    changed: set = field(default_factory=set)
    changed_code: set = field(default_factory=set)
    review_reasons: list = field(default_factory=list)
    unread: set = field(default_factory=set)
    long: set = field(default_factory=set)

    def why_unread(self, name):
        """What keeps a file that is there from being one of the texts."""
        return self.problems.get(name, 'cannot be parsed')


def read(submission, course, run_confined):
    """The Reading of a submission. run_confined: from worker_runs.confined.

    Raises GraderFault, Stopped and Postponed.
    """
    reading = Reading()
    names = [name for name in submission.files if name not in course.assignment.documents]
    while True:
        reply = _run(submission, course, names, run_confined)
        answers = [message for message in reply.earlier if isinstance(message, dict)]
        if reply.message is not None:
            break
        begun = ['what was handed in', *(answer['begins'] for answer in answers if 'begins' in answer)][-1]
        reading.review_reasons.append(
            Reason('unparsable', f'{begun}: {_WHY.get(reply.kind, "crashes Python when it is parsed")}'))
        reading.unread.add(begun)
        if begun not in names:
            break
        names.remove(begun)
    for answer in answers:
        if 'file' in answer:
            _take(answer, reading)
    reading.flags += [f'collaboration is not declared as it should be: {line}'
                      for line in _lines((reply.message or {}).get('collaboration'))]
    return reading


def _run(submission, course, names, run_confined):
    files = {f'handed-in/{name}': submission.files[name] for name in names}
    assignment = course.assignment
    files.update((f'given/{name}', blanks.empty((assignment.folder / name).read_text(encoding='utf-8'), name).encode())
                 for name in assignment.scripts)
    files.update({name: MASTER / name for name in ('submission.py', 'submission_scripts.py', 'records.py',
                                                    'common.py')})
    files['blanks.py'] = MASTER / 'instructor' / 'publishing' / 'blanks.py'
    files['plain_wiring.py'] = WORKERS / 'plain_wiring.py'
    wiring = {question.scripts[0]: load_module(assignment.folder / question.network).PLAIN
              for question in assignment.questions if question.network}
    request = {'task': asdict(task_of(course)), 'names': names, 'wiring': wiring}
    return ask_worker(run_confined, 'read_submission.py', files, request, **LIMITS)


def _take(answer, reading):
    name = answer['file']
    if answer.get('is_text'):
        reading.texts.add(name)
    if 'record' in answer:
        reading.records[name] = answer['record']
    elif 'problem' in answer:
        reading.problems[name] = str(answer['problem'])[:_LONGEST]
    elif not answer.get('is_text') and not answer.get('is_odd'):
        reading.problems[name] = NO_TEXT
    reading.flags += _lines(answer.get('flags'))
    if answer.get('flags') or answer.get('is_odd'):
        reading.changed.add(name)
    if answer.get('is_odd'):
        reading.review_reasons.append(Reason(
            'odd-encoding', f'{name}: declares an encoding in which Python may read something other than what you see'))
        reading.unread.add(name)
    reading.changed_code |= {*_lines(answer.get('changed_code'))}
    reading.items.update(answer.get('items') or {})
    if answer.get('is_long'):
        reading.long.add(name)


def _lines(lines):
    return [str(line)[:_LONGEST] for line in (lines or [])[:_MOST]]
