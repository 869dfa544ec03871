"""What a course's students have to hand in, in the form that submission.py takes."""
from instructor.course import Course
from submission import Task


def task_of(course: Course, markers=(), given=None, expected=None) -> Task:
    """The Task of a course, with the file names of the course.

    markers, given and expected: as in Task; only a handout needs them, for the grader they are empty.
    """
    assignment, files = course.assignment, course.files
    runs = {question.name: {
        'title': question.title, 'script': question.run.script, 'uses': list(question.run.uses),
        'command': [files.get(word, word) for word in question.run.command], 'result': question.run.result}
        for question in assignment.questions if question.run}
    collaboration = {key: value for key, value in vars(course.collaboration).items() if key != 'text' and value}
    return Task(
        title=course.title, term=course.term, assignment=course.assignment_title, upload=course.upload,
        student=list(course.student), example=list(course.example), zip=course.zip, collaboration=collaboration,
        scripts=assignment.scripts, runs=runs, run_files=list(assignment.run_files), epochs=assignment.epochs,
        documents=dict(assignment.documents),
        known=[files.get(name, name) for name in (*assignment.given, *assignment.shared, *assignment.data)],
        packed=[files.get(name, name) for name in assignment.packed],
        markers=list(markers), given=given or {}, expected=expected or {})
