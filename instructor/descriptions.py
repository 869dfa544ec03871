"""Reads the JSON files that people write and checks them against schemas/: a mistake is one line with file and key."""
import json
import math
from pathlib import Path

from common import printable

SCHEMAS = Path(__file__).with_name('schemas')


class DescriptionError(ValueError):
    """A description is wrong; the text is one line that names the file and the key."""


def read(path, schema, check_text=True):
    """The content of a JSON file. Raises DescriptionError.

    schema: the name of the schema that it has to follow; check_text: whether all of its text has to be printable.
    """
    import jsonschema
    try:
        values = json.loads(path.read_text(encoding='utf-8-sig'))
    except OSError as error:
        raise DescriptionError(f'{path}: cannot be read ({error.strerror})') from None
    except (ValueError, RecursionError):
        raise DescriptionError(f'{path}: is not JSON') from None
    rules = json.loads((SCHEMAS / f'{schema}.json').read_text(encoding='utf-8'))
    mistake = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(rules).iter_errors(values))
    if mistake:
        keys, said = [*mistake.absolute_path], mistake.schema.get('description', mistake.message)
        if mistake.validator == 'required':
            keys.append(next(key for key in mistake.validator_value if key not in mistake.instance))
            said = 'is missing'
        elif mistake.validator == 'additionalProperties':
            surplus = [key for key in mistake.instance if key not in mistake.schema['properties']]
            said = f'must not hold {quoted(surplus)}; it has {", ".join(mistake.schema["properties"])}'
        key = f'"{_line(".".join(map(str, keys)))}" ' if keys else ''
        raise DescriptionError(f'{path}: {key}{_line(said)}')
    if check_text:
        _check_values(path, values, [])
    return values


def _check_values(path, value, keys):
    """Check what a schema cannot: all text is printable, all numbers are finite (Python reads NaN in JSON)."""
    key = _line('.'.join(keys))
    if isinstance(value, (dict, list)):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            demand(str(name).isprintable(), path, key, f'must not hold {quoted([str(name)])}: it has odd characters')
            _check_values(path, inner, [*keys, str(name)])
    elif isinstance(value, str):
        demand(value.isprintable(), path, key, 'must be a line of text, without odd characters')
    elif isinstance(value, float):
        demand(math.isfinite(value), path, key, 'must be a number')


def same_keys(path, key, there, wanted):
    """Raise DescriptionError if an object, the value of a key, has other keys than the wanted ones."""
    missing, surplus = [[name for name in names if name not in others]
                        for names, others in ((wanted, there), (there, wanted))]
    faults = [f'{word} {quoted(names)}' for word, names in (('lacks', missing), ('must not hold', surplus)) if names]
    demand(not faults, path, key, f'{" and ".join(faults)}; it has {", ".join(wanted)}')


def demand(holds, path, key, fault):
    """Raise DescriptionError with the fault of a key's value, unless `holds` is true."""
    if not holds:
        raise DescriptionError(f'{path}: "{key}" {fault}')


def quoted(names):
    """Names as an error shows them: in quotes, printable, and shortened if they are long."""
    return ', '.join(f'"{_line(name)[:60]}"' for name in names)


def _line(text):
    return printable(str(text))[:300]


def check_known(path, key, names, known, what):
    """Raise DescriptionError if some names are not known; what: what the known ones are called."""
    unknown = [name for name in names if name not in known]
    demand(not unknown, path, key, f'must not hold {quoted(unknown)}; the {what} are {", ".join(known)}')
