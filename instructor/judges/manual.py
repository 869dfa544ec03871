"""For items that no program can judge: written answers, figures, reports.

A question may have scripts and cases, too. Its code is then run, to see whether it prints or fails; the teacher decides
all the same.
"""
from instructor.judges import functions
from instructor.judges.verdict import Verdict
from submission import check_document

KIND = 'manual'


def judge(question, submission, context):
    """A Verdict for each item of a question: the teacher decides, and hears if there is nothing to read."""
    faults = functions.try_out(question, submission, context) if question.cases else {}
    lacking = [why for name in question.documents for why in _lacking(name, submission)]
    return [Verdict(item.name, None, '; '.join(['graded by hand', *lacking, *faults.get(item.name, [])]), kind=KIND)
            for item in question.items]


def _lacking(name, submission):
    """Why a document that was handed in cannot be read, or that it was not, as lines."""
    if name not in submission.files:
        return [f'{name} is missing']
    return [f'{name} {found.text}' for found in check_document(name, submission.files[name])]
