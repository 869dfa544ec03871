"""Training runs in the sandbox: of a student's scripts, or of the master's with a seed that nobody knows."""
import json
import secrets
from dataclasses import dataclass, field

from instructor.judges.part_of_data import part_of_data
from instructor.sandbox.worker_runs import FORGED, WORKERS, GraderFault, ask_worker, last_line
from submission import read_result


@dataclass(frozen=True)
class Secret:
    """A random seed that no student knows, and what the master's code gives with it.

    records: question -> record; short: question -> record of a short run, empty if there are none.
    """

    seed: int
    records: dict
    short: dict = field(default_factory=dict)


def draw_secret(run_confined, assignment, num_epochs, data=None, map_=map, questions=None, seed=None):
    """The Secret of one grading: runs so many epochs of each question, or of those named, with the master's code.

    run_confined: from worker_runs.confined; data: Path of the data set, the assignment's if it is not given; map_:
    like map, to run several at a time; seed: if it was drawn before. Raises GraderFault if a run fails.
    """
    seed = secrets.randbelow(2 ** 32) if seed is None else seed
    files = {name: assignment.folder / name for name in assignment.scripts}
    questions = questions or [*assignment.runs]

    def run(question):
        reply = run_training(run_confined, assignment, files, question, num_epochs, data, 3600.0, seed)
        try:
            return record_in(reply, num_epochs)
        except FORGED:
            error = (reply.message or {}).get('error')
            why = reply.why or (last_line(error) if error else reply.stderr[-300:])
            raise GraderFault(f"the master's own run of {question} fails: {why}") from None

    short = {}
    if assignment.short_runs and data is None:
        reply, short = run_shortly(run_confined, assignment, files, questions, num_epochs, seed, wall_seconds=3600.0,
                                   cpu_seconds=3600.0)
        if {*short} != {*questions}:
            raise GraderFault(f"the master's own short runs fail: {reply.why or 'not all give a record'}")
    return Secret(seed, dict(zip(questions, map_(run, questions))), short)


def run_training(run_confined, assignment, scripts, question, num_epochs, data, seconds, seed=None):
    """The Reply of one run.

    scripts: name -> bytes or Path of the scripts that stand for the given ones; data: bytes or Path of the data set,
    or None for the assignment's. seconds: on the clock, and of processor time.
    """
    run = assignment.runs[question]
    files = {given: assignment.folder / given for given in {*assignment.run_files, run.command[0]}}
    if data is not None:
        files[assignment.data[0]] = data
    files.update(scripts)
    return ask_worker(run_confined, 'run_training.py', files, _request(run, num_epochs, seed), wall_seconds=seconds,
                      cpu_seconds=seconds)


def _request(run, num_epochs, seed=None):
    command = [*run.command, '--num_epoch', str(num_epochs)]
    command += [] if seed is None else ['--random_seed', str(seed)]
    return {'command': command, 'result': run.result}


def run_shortly(run_confined, assignment, scripts, questions, num_epochs, seed, **limits):
    """Short runs of some questions in one child, each with a part of the data that follows from the seed.

    scripts: as for run_training; limits: on all runs together. Returns the Reply, and question -> record of the runs
    that give one; that is empty unless all of them have ended.
    """
    runs = [assignment.runs[question] for question in questions]
    given = {*assignment.run_files, *(run.command[0] for run in runs)} - {*assignment.data}
    short = assignment.short_runs
    files = {**{name: assignment.folder / name for name in given}, **scripts,
             'part.npz': part_of_data(assignment.folder, short.load, short.share, seed),
             'run_training.py': WORKERS / 'run_training.py'}
    request = {'load': short.load, 'runs': [_request(run, num_epochs, seed) for run in runs]}
    reply, records = ask_worker(run_confined, 'run_shortly.py', files, request, **limits), {}
    if reply.message is None or len(reply.earlier) != len(questions):
        return reply, {}
    for question, message in zip(questions, reply.earlier):
        try:
            if message['error'] is None and not message['exit']:
                records[question] = read_result(json.dumps({key: message[key] for key in ('train', 'val')}), num_epochs)
        except FORGED:  # no result file, or a forged message
            continue
    return reply, records


def record_in(reply, num_epochs):
    """The record that a Reply holds. Raises one of FORGED if it holds none."""
    arrays = {key: reply.arrays[reply.message[key]['array']] for key in ('train', 'val')}
    if any(array.shape != (num_epochs,) for array in arrays.values()):  # before it is made into a list
        raise ValueError('not one number for each epoch')
    return read_result(json.dumps({key: array.tolist() for key, array in arrays.items()}), num_epochs)
