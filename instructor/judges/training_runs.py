"""Runs of the mains in the sandbox: by a student's scripts, or by the master's with a seed that nobody knows."""
import json
import secrets
from dataclasses import dataclass

from instructor.sandbox.worker_runs import FORGED, MASTER, GraderFault, last_line, run_child
from submission import read_result

DATA = MASTER / 'mnist_subset.json'
# Enough to see whether code runs at all: white images with a black pixel, all of class 0.
_IMAGES = [[0.0] * 783 + [1.0]] * 10
TINY_DATA = json.dumps({key: [_IMAGES, [0] * len(_IMAGES)] for key in ('train', 'valid', 'test')}).encode()


@dataclass(frozen=True)
class Secret:
    """A random seed that no student knows, and what the master's code gives with it: question -> record."""

    seed: int
    records: dict


def draw_secret(box, assignment, num_epochs, data=None, map_=map, questions=None):
    """The Secret of one grading: runs so many epochs of each question, or of those named, with the master's code.

    box: see worker_runs.make_box; map_: like map, to run several at a time. Raises GraderFault where a run fails.
    """
    seed = secrets.randbelow(2 ** 32)
    files = {name: MASTER / name for name in assignment.scripts}
    questions = questions or [*assignment.runs]

    def run(question):
        told = run_training(box, assignment, files, question, num_epochs, data or DATA, 3600.0, seed)
        try:
            return record_told(told, num_epochs)
        except FORGED:
            why = told.why or (last_line(told.words['error']) if told.words.get('error') else told.errors[-300:])
            raise GraderFault(f"the master's own run of {question} fails: {why}") from None

    return Secret(seed, dict(zip(questions, map_(run, questions))))


def run_training(box, assignment, scripts, question, num_epochs, data, seconds, seed=None):
    """What the child Told of one run.

    scripts: name -> bytes or Path of the scripts that stand for the given ones; data: bytes or Path of the data set.
    """
    run = assignment.runs[question]
    script, *options = run.command
    files = {given: MASTER / given for given in {*assignment.run_files, script}}
    files['mnist_subset.json'] = data
    files.update(scripts)
    command = [script, *options, '--num_epoch', str(num_epochs)]
    command += [] if seed is None else ['--random_seed', str(seed)]
    return run_child(box, 'run_training.py', files, {'command': command, 'result': run.result},
                     wall_seconds=seconds, cpu_seconds=seconds)


def record_told(told, num_epochs):
    """The record that a child told. Raises one of FORGED without one."""
    arrays = {key: told.arrays[told.words[key]['array']] for key in ('train', 'val')}
    if any(array.shape != (num_epochs,) for array in arrays.values()):  # before it is made into a list
        raise ValueError('not one number for each epoch')
    return read_result(json.dumps({key: array.tolist() for key, array in arrays.items()}), num_epochs)
