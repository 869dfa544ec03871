"""For items that no program can judge: written answers, figures, reports."""
from instructor.judges.verdict import Verdict

KIND = 'manual'


def judge(question, submission, context):
    """A Verdict for each item of a question: the teacher decides."""
    return [Verdict(item.name, None, 'graded by hand', kind=KIND) for item in question.items]
