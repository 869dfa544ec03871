"""For items that no program can judge: written answers, figures, reports.

A question may have scripts and cases, too. Its code is then run, to see whether it prints or fails; the teacher decides
all the same.
"""
from instructor.judges import functions
from instructor.judges.verdict import Verdict

KIND = 'manual'


def judge(question, submission, context):
    """A Verdict for each item of a question: the teacher decides."""
    faults = functions.try_out(question, submission, context) if question.cases else {}
    return [Verdict(item.name, None, '; '.join(['graded by hand', *faults.get(item.name, [])]), kind=KIND)
            for item in question.items]
