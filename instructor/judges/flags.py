"""What the teacher should know, without deduction: late, changed given code, imports, collaboration."""


def flags(submission, reading, course):
    """The flags of a submission: a list of lines, empty if there is nothing to say. reading: see reading.py."""
    found = ['handed in late'] if submission.late and not course.late else []  # what it costs has lines of its own
    declared = course.collaboration
    if declared.kind == 'file' and declared.file not in reading.texts:
        found.append(f'collaboration is not declared: {declared.file} is missing or no text')
    missing = [name for name in course.assignment.documents if name not in submission.files]
    if missing:
        found.append(f'{", ".join(missing)} {"are" if len(missing) > 1 else "is"} missing')
    return found + reading.flags
