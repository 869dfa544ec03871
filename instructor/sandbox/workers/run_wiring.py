"""In the child: runs main of a script on stand-ins that report at once which module receives what.

The stand-ins of the modules compute nothing: each call returns random numbers, of the shape that the real module would
give, by which they are known again wherever they turn up, copied or not. What is reported leaves the child at once and
cannot be changed any more; what it means, and what it should be, only the parent knows.
"""

import hashlib
import importlib
import json
import os
import sys
import traceback
from typing import Any

import numpy as np

MOST_EVENTS = 1000
_tobytes, _ndarray, _blake2b = np.ndarray.tobytes, np.ndarray, hashlib.blake2b


class Notes:
    """Reports what happens, and makes the random numbers."""

    def __init__(self, report):
        self._report, self._left = report, MOST_EVENTS
        self.random = np.random.default_rng()  # its own: main draws and seeds numpy's
        self.num_modules, self.batch_size = 0, 1

    def add(self, event, **details):
        if self._left > 0:
            self._left -= 1
            self._report({'event': event, **details})

    @staticmethod
    def mark(value):
        """What an array is known by; 'None' for None itself; None for all others."""
        if value is None:
            return 'None'
        return _blake2b(repr(value.shape).encode() + _tobytes(value), digest_size=16).hexdigest() \
            if type(value) is _ndarray else None

    def made(self, shape):
        return self.random.uniform(0.1, 1.0, shape)

    def create(self, module, **settings):
        module.number = self.num_modules
        self.num_modules += 1
        plain = {name: int(value) if isinstance(value, (int, np.integer)) else repr(value)[:40]
                 for name, value in settings.items()}
        self.add('create', module=module.number, kind=type(module).__name__[:40], settings=plain)

    def call(self, module, method, *arguments, shape, **options):
        output = self.made(shape)
        self.add('call', module=module.number, method=method, options={key: bool(on) for key, on in options.items()},
                 arguments=[self.mark(argument) for argument in arguments], output=self.mark(output))
        return output

    def in_place_of(self, todo, shapes):
        """What a block that is left out would have made: arrays of these shapes for one example."""
        arrays = [self.made((self.batch_size, *shape)) for shape in shapes]
        self.add('in place', todo=todo, outputs=[self.mark(array) for array in arrays])
        return arrays


def write_script(request, blanks):
    """Put the script together that is run; returns the first and last line of each of its TODO items, {'1': [...]}.

    Where request['given'] names the script as it was handed out, the student's blocks are put into that; some of them
    replaced by what request['replaced'] has, in as many lines.
    """
    script = request['script']
    with open(script, 'rb') as file:
        own = blanks.decode_script(file.read())
    try:
        written = {blank.name: blank for blank in blanks.read_blanks(own, script)}
    except blanks.BlankError:
        return {}
    if not request['given']:
        return {blank.name[6:-1]: [blank.begin, blank.end] for blank in written.values()}
    with open(request['given'], encoding='utf-8') as file:
        source = file.read()
    names = [blank.name for blank in blanks.read_blanks(source, script) if blank.name in written]
    bodies = {name: written[name].body for name in names}
    for todo, line in request['replaced'].items():
        blank = written[f'TODO ({todo})']
        bodies[blank.name] = f'{blank.indent}{line}\n' + '\n' * (blank.body.count('\n') - 1)
    source = blanks.fill(source, bodies, script)
    with open(script, 'w', encoding='utf-8') as file:
        file.write(source)
    return {blank.name[6:-1]: [blank.begin, blank.end] for blank in blanks.read_blanks(source, script)
            if blank.name.startswith('TODO (')}


def main():
    sys.path.insert(0, os.getcwd())
    import blanks
    import sending
    import stand_ins

    with open('request.json', encoding='utf-8') as file:
        request = json.load(file)
    sending.report({'event': 'script', 'lines': write_script(request, blanks)})
    stand_ins.install(Notes(sending.report))
    name, error, lines, has_main = os.path.splitext(request['script'])[0], None, [], True
    try:
        with sending.time_limit(request['seconds']):
            main_of_script: Any = getattr(importlib.import_module(name), 'main', None)
            has_main = callable(main_of_script)
            if has_main:
                main_of_script(dict(stand_ins.OPTIONS))
    except BaseException as raised:
        error = sending.describe_error(raised)
        frames = traceback.extract_tb(raised.__traceback__)
        lines = [frame.lineno for frame in frames if os.path.basename(frame.filename) == request['script']][:50]
    sending.finish({'has_main': has_main, 'error': error, 'lines': lines})


if __name__ == '__main__':
    main()
