"""For items that no program can judge: written answers, figures, reports."""
from instructor.judges.verdict import Verdict
from submission import check_document

KIND = 'manual'


def judge(question, submission, context):
    """A Verdict for each item of a question: the teacher decides, and hears if there is nothing to read."""
    reason = '; '.join(['graded by hand', *(why for name in question.documents for why in _lacking(name, submission))])
    return [Verdict(item.name, None, reason, kind=KIND) for item in question.items]


def _lacking(name, submission):
    """Why a document that was handed in cannot be read, or that it was not, as lines."""
    if name not in submission.files:
        return [f'{name} is missing']
    return [f'{name} {found.text}' for found in check_document(name, submission.files[name])]
