"""Checks the functions that you write: compares their results with the expected ones, and names the likely mistake.

This is the part of the checker that fits any assignment. The numbers, and what is called with them, stand in the
checker itself, which ends with `run(main)`, where main calls `check_script`.

Comparing:  differences, unlike_an_array, likely_cause, central_differences
Checking:   Check calls one function and keeps what is wrong with it
Running:    check_script, which runs a Check for each function and prints what it found; quiet, fault, run
"""

import contextlib
import importlib
import os
import re
import signal
import sys
import time
import traceback
import types
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy
import numpy.random

np = types.SimpleNamespace(**vars(numpy))  # our own set of numpy's names: a student's file may change the other one
FOLDER = Path(__file__).resolve().parent
TOLERANCE = 1e-9  # double precision does far better, single precision shows

# ---- comparing -------------------------------------------------------------------------------------------------------


class Hint(NamedTuple):
    kind: str  # a short name of the mistake that never changes, for whoever counts mistakes
    text: str  # what is printed right after the name of the result


AGAIN = Hint('accumulates', ' comes out differently when the function is called again: is something added up over the '
                            'calls?')
REDRAWN = Hint('mask-redrawn', ' is wrong, and random numbers are drawn: use what the last forward drew')
STALE = Hint('wrong-values', ' is wrong for the next mini-batch of the same shape: is something used that an earlier '
                             'call kept?')
LEFT_IN = {  # what errors mean where nobody sits at a keyboard
    'BdbQuit': 'a debugger was left in the code: take out pdb.set_trace() or breakpoint()',
    'EOFError': 'it asks for something to be typed in: take out input() and debuggers'}


def differences(got, expected):
    """|got - expected| / max(1, |expected|), entry by entry."""
    return np.abs(got - expected) / np.abs(expected).clip(1)


def unlike_an_array(got, expected):
    """The Hint that says what keeps got from being a plain, finite array of floats of the expected shape, or None."""
    if type(got) is not np.ndarray:
        kind, type_of_it = ('nothing-returned', 'None') if got is None else (
            'not-an-array', f'of type {type(got).__name__}')
        return Hint(kind, f' is {type_of_it}, expected a plain numpy array of shape {expected.shape}')
    if got.dtype != expected.dtype:
        return Hint('dtype', f' has dtype {got.dtype}, expected {expected.dtype}')
    if got.shape != expected.shape:
        text = f' has shape {got.shape}, expected {expected.shape}'
        if got.T.shape == expected.shape and differences(got.T, expected).max() < 1e-6:
            return Hint('transposed', f'{text}: it is transposed')
        return Hint('shape', text)
    return None if np.isfinite(got).all() else Hint('not-finite', ' holds NaN or infinite entries')


def mean_taken_twice(expected, N):
    """(Hint, array): what comes out if a gradient is divided by the N examples, which the loss has done already."""
    text = f': all entries are {N} times too small: is the mini-batch mean taken twice?'
    return Hint('mean-twice', text), expected / N


def likely_cause(got, expected, lookalikes):
    """The Hint why got, an array like expected but with other numbers, is wrong.

    lookalikes: pairs (Hint, array) of answers that are wrong in a known way.
    """
    if differences(got, expected).max() < 1e-6:
        return Hint('wrong-values', ' is rounded: is something in single precision (float32)?')
    ratio = np.sum(got * expected) / np.sum(expected * expected)
    size = f'{ratio:.4g} times too large' if abs(ratio) > 1 else f'{1 / ratio:.4g} times too small'
    if np.count_nonzero(expected) > 1:  # a single number would look like anything
        for hint, array in [*lookalikes, (Hint('zero', ' is 0 everywhere'), 0 * expected),
                            (Hint('sign', ': the sign is wrong'), -expected),
                            (Hint('transposed', ' is transposed'), expected.T),
                            (Hint('wrong-values', f': all entries are {size}'), ratio * expected)]:
            if array.shape == got.shape and differences(got, array).max() < 1e-6:
                return hint
    if got.min() >= 0 > expected.min():
        return Hint('wrong-values', ' has no negative entry, but some are expected')
    wrong, worst = differences(got, expected) > 1e-6, np.unravel_index(differences(got, expected).argmax(), got.shape)
    example = f'[{", ".join(map(str, worst))}] is {got[worst] + 0:.6g}, expected {expected[worst]:.6g}'
    for kind, sign in (('negative', -1), ('0', 0), ('positive', 1)):
        if (np.sign(expected[wrong]) == sign).all() and (np.sign(expected) != sign).any():
            return Hint('wrong-values', f': only entries that should be {kind} are wrong: {example}')
    return Hint('wrong-values', f': entry {example}')


def central_differences(forward, grad, array):
    """The gradient of sum(forward() * grad) with respect to array, of which one entry at a time is moved."""
    step, gradient = 1e-5, np.zeros(array.shape)
    for index in np.ndindex(*array.shape):
        middle = array[index]
        array[index] = middle + step
        above = np.array(forward())
        array[index] = middle - step
        gradient[index] = np.sum((above - forward()) * grad) / (2 * step)
        array[index] = middle
    return gradient


# ---- checking a function ---------------------------------------------------------------------------------------------


class WrongResult(Exception):
    """Ends the check of a function; the hints are with its Check."""


class Check:
    """What was found about one function: the largest difference, and a hint about each result that is wrong."""

    def __init__(self):
        self.difference = None
        self.hints = {}  # for each wrong result, a line
        self.notes = {}  # on what need not be wrong
        self.where = ''  # the input at hand
        self.error = None  # the exception that ended the check
        self.is_transposed = False

    def call(self, module, method, arguments, expected, about='', before=None, lookalikes=(), hint=None,
             tolerance=TOLERANCE):
        """Call a method twice, on copies of the arguments, and compare what it returns and stores with `expected`.

        arguments: name -> array, in order, the examples first. expected: name of the result -> array.
        about: words on the input besides its shape. before: runs forward, ahead of each call, and returns the array
        that it was given and may have stored. lookalikes: see likely_cause. hint: the only mistake that can show here.
        Raises WrongResult where something is wrong: the first, simplest input that shows it is enough.
        """
        X = next(iter(arguments.values()))
        view = '' if X.flags.c_contiguous else ', transposed in memory, as in the CNN: ravel() copies it'
        self.where = f'X of shape {X.shape}{about}{view}'
        for again in (None, AGAIN):
            copies = {name: array.copy(order='K') for name, array in arguments.items()}
            kept = {'X, as forward got it,': before()} if before else {}
            drawn = random_state()
            results = self._results(module, method, copies, kept)
            redrawn = REDRAWN if random_state() != drawn else None
            for name, numbers in expected.items():
                known = [*lookalikes, mean_taken_twice(numbers, len(X))]
                self._compare(name, results.get(name), numbers, known, hint or again or redrawn, tolerance)
            if self.hints:
                raise WrongResult
        self.where = ''

    def backward(self, module, X, grad, expected, forward, prepare=lambda: None, others=(), **options):
        """`call` backward after forward, as training does.

        forward: the Check of forward, which need not be right; None to run no forward. prepare: called before and
        after forward, to put right what a wrong one may have changed. others: further modules that run their forward,
        on -X, in between.
        """
        def before():
            prepare()
            given = X.copy(order='K')
            if forward is not None and not isinstance(forward.error, KeyboardInterrupt):
                for other, array in [(module, given), *((other, -X) for other in others)]:
                    with contextlib.suppress(Exception, SystemExit):
                        other.forward(array)
            prepare()
            return given

        self.call(module, 'backward', {'X': X, 'grad': grad}, expected, before=before, **options)

    def note(self, result, text):
        self.hints[result] = f'{result}{text} ({self.where})'

    def _results(self, module, method, arguments, kept):
        """Call the method, note which arrays it changes, and return by name all that it returns and stores."""
        def arrays():
            params = {f"params['{key}']": array for key, array in getattr(module, 'params', {}).items()}
            return {name: np.array(array) for name, array in {**arguments, **kept, **params}.items()}

        before = arrays()
        returned = getattr(module, method)(*arguments.values())
        after = arrays()
        for name, original in before.items():
            if not np.array_equal(original, after.get(name)):
                self.note(name, ' is changed in place: work on a copy')
        gradient = getattr(module, 'gradient', None)
        stored = gradient if isinstance(gradient, dict) else {}
        return {'returned value': returned, **{f"gradient['{key}']": array for key, array in stored.items()}}

    def _compare(self, name, got, expected, lookalikes, hint, tolerance):
        with np.errstate(all='ignore'):
            wrong = unlike_an_array(got, expected)
            if wrong is None:
                difference = differences(got, expected).max()
                self.difference = max(difference, self.difference or 0.0)
                if difference > tolerance:
                    wrong = hint or likely_cause(got, expected, lookalikes)
        if wrong:
            self.note(name, wrong.text)
            turned = expected.shape[::-1]
            self.is_transposed |= 1 not in turned and getattr(got, 'shape', None) == turned != expected.shape


def random_state():
    _, numbers, position, *_ = np.random.get_state()
    return position, numbers.tolist()


def is_right(check_function, *arguments):
    """Whether a check, called with a Check of its own, finds nothing wrong."""
    check = Check()
    with contextlib.suppress(Exception, SystemExit):
        check_function(check, *arguments)
        return not check.hints
    return False


# ---- running and reporting -------------------------------------------------------------------------------------------

NULLS = 'holds null bytes: it is damaged, or was saved as UTF-16; save it as UTF-8'
USED_BY_OTHERS = 'argparse', 'json', 'math', 'random', 'tempfile'  # Python's own modules that the other scripts need
own_files = {Path(__file__).name}  # the checker's: no mistake of a student's is on a line of theirs
end_now = os._exit
last_ctrl_c = float('-inf')


def fault(error, script=None):
    """What an exception says, in one line, after the student's line that raised it, or the last one of `script`."""
    frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((Path(error.filename), error.lineno))
    frames = [(path.name, line) for path, line in frames if path.parent == FOLDER and path.name not in own_files]
    frames = [frame for frame in frames if frame[0] == script] or frames
    place = '{}, line {}: '.format(*frames[-1]) if frames else ''
    if isinstance(error, KeyboardInterrupt):
        return f'{place}stopped by Ctrl-C: an endless loop?'
    if isinstance(error, SystemExit):
        return f'{place}ends the program (sys.exit, exit or quit)'
    if isinstance(error, NotImplementedError):
        return f'{place}not written yet'
    if type(error).__name__ in LEFT_IN:
        return place + LEFT_IN[type(error).__name__]
    lines = traceback.format_exception_only(type(error), error)
    return place + next(line for line in lines if not line.startswith(' ')).split('\n')[0][:200]


@contextlib.contextmanager
def quiet():
    """Hide prints and warnings of the student's code, and undo what it does to numpy's settings and random numbers.

    os._exit ends no more than sys.exit does: what is not checked must not pass for correct.
    """
    state = np.random.get_state()
    os._exit = sys.modules[os.name]._exit = sys.exit
    with open(os.devnull, 'w', encoding='utf-8', errors='ignore') as nowhere, contextlib.redirect_stdout(nowhere), \
            warnings.catch_warnings(), np.errstate(all='ignore'):
        warnings.simplefilter('ignore')
        try:
            yield
        finally:
            np.random.set_state(state)
            os._exit = sys.modules[os.name]._exit = end_now


def unreadable(name):
    """Why there is no use in importing a script, in words that follow its name, or None."""
    path = FOLDER / name
    if not path.is_file():
        return f'is missing: put yours beside {Path(sys.argv[0]).name}'
    return NULLS if b'\0' in path.read_bytes() else None


def hiding_files():
    """The names of files in this folder that hide a module of Python's own, or of a package."""
    needed = {name for name, module in sys.modules.items()
              if Path(getattr(module, '__file__', None) or '/').parent != FOLDER} | {*USED_BY_OTHERS}
    return sorted(path.name for path in FOLDER.glob('*.py') if path.stem in needed)


def lacking_parts(module, callers):
    """What the scripts of the pattern `callers` call in a module, and it does not have: {part: first such script}."""
    lacking = {}
    for path in sorted(FOLDER.glob(callers)):
        text = path.read_text(encoding='utf-8', errors='replace')
        for part in re.findall(rf'\b{module.__name__}\.(\w+)\(', text):
            if not hasattr(module, part):
                lacking.setdefault(part, path.name)
    return lacking


def check_function(name, check_function, module, done, width, advise):
    """Run the check of one function, print what was found, and return its Check; for the rest see check_script."""
    check = Check()
    try:
        with quiet():
            check_function(check, module, done.get(name.replace('backward', 'forward')))
    except WrongResult:
        pass
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: the other checks still run
        check.error = error
    if check.error:
        where = f' ({check.where})' if check.where and not isinstance(check.error, NotImplementedError) else ''
        check.hints['error'] = fault(check.error) + where
    check.hints.update(enumerate(advise(name, check, done)))
    says_nothing = check.difference is None or check.hints and check.difference <= TOLERANCE
    difference = 'n/a' if says_nothing else f'{check.difference:.1e}'
    verdict = 'might be wrong' if check.hints else 'should be correct'
    print(f'{name:{width}} largest difference {difference} ... {verdict}', *check.hints.values(),
          *check.notes.values(), sep='\n    ', flush=True)
    return check


def check_script(name, checks, callers, advise=lambda name, check, done: (), then=lambda module: True):
    """Check the functions of the script `name`.py and print what is found; returns the exit status of the checker.

    checks: function's name -> the function that checks it. It is called with a Check, the module, and for backward with
    the Check of its forward. callers: pattern of the scripts that use the module. advise(name, check, checks done
    before) yields further hints; then(module) checks what follows the functions, and returns whether it is correct.
    """
    hiding = hiding_files()
    if hiding:
        print(f'{", ".join(hiding)}: Python or numpy has a module of this name and would find yours instead: rename it')
        return 2
    why = unreadable(f'{name}.py')
    try:
        if why:
            raise OSError(why)
        sys.path.insert(0, str(FOLDER))
        with quiet():
            module = importlib.import_module(name)
    except BaseException as error:
        print(f'{name}.py {why}' if why else f'{name}.py cannot be imported: {fault(error)}')
        print(f'0 of {len(checks)} correct')
        return 1
    done, width = {}, max(map(len, checks)) + 2
    for function, check in checks.items():
        done[function] = check_function(function, check, module, done, width, advise)
    correct, lacking = sum(not check.hints for check in done.values()), lacking_parts(module, callers)
    if lacking:
        calls = ', '.join(f'{part} ({script} calls it)' for part, script in lacking.items())
        print(f'{correct} of {len(checks)}, but {name}.py is not the one that was handed out, it has no {calls}: '
              'write your functions into that one')
        return 1
    print(f'{correct} of {len(checks)} correct', flush=True)
    return 0 if then(module) and correct == len(checks) else 1


def on_ctrl_c(signal_number, frame):
    """End the function that is running; twice within a second, end the checker, whatever that function catches."""
    global last_ctrl_c
    now = time.monotonic()
    if now - last_ctrl_c < 1:
        end_now(130)
    last_ctrl_c = now
    raise KeyboardInterrupt


def run(main):
    """End the checker with the exit status that main() returns."""
    signal.signal(signal.SIGINT, on_ctrl_c)
    sys.stdout.reconfigure(errors='backslashreplace')
    try:
        sys.exit(main())
    except (KeyboardInterrupt, BrokenPipeError):  # Ctrl-C between two checks, or nobody reads on, as with `| head -1`
        end_now(130)
