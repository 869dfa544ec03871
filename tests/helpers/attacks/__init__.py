"""Attacks on the grader, one a file: what students' code may try.

Each file is the body of a module: pasted into a student's file (or run as a script) it attacks when it is imported;
without its last line, `attack()`, it only defines the function, to be called wherever the attack is wanted.
Strings such as '@PATH@' at its top are targets and sizes, which source() fills in; the docstring says what they are.

An attack that reaches its target shows it: it prints a line with REACHED, or its target changes. Targets are
stand-ins that the test made. Every attack has a control, the same file run unconfined against the same stand-in, where
it must reach it; bombs take a size, small in the control.
"""
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent


def names():
    """The names of all attacks, sorted."""
    return sorted(path.stem for path in _FOLDER.glob('*.py') if path.stem != '__init__')


def source(name, at='import', **values):
    """The text of an attack with its targets filled in; at='call' leaves out the call on import.

    Raises ValueError where a value is missing or not asked for.
    """
    text = (_FOLDER / f'{name}.py').read_text('utf-8')
    for key, value in values.items():
        if f"'@{key}@'" not in text:
            raise ValueError(f'the attack {name} takes no {key}')
        text = text.replace(f"'@{key}@'", repr(value))
    if "= '@" in text:
        raise ValueError(f'the attack {name} needs more than {", ".join(values) or "nothing"}')
    if not text.endswith('\n\nattack()\n'):
        raise ValueError(f'the attack {name} does not end with its call')
    return text if at == 'import' else text[:-len('\n\nattack()\n')]
