"""Writes what the students of a course get: the master copy, its solutions taken out and its files named as theirs.

    python3 -m instructor.handout --course tamu|osu|FILE.json --output DIR [--zip FILE] [--force]

The same sources give the same bytes. Exit status: 0 when the handout is written; 2, with one line that says why, when
it is not: nothing is written then. Text between the marker lines becomes a blank, see blanks.py.
"""

import argparse
import json
import re
import shlex
import sys
import warnings
from fractions import Fraction
from pathlib import Path, PurePosixPath

from instructor.publishing.blanks import BEGIN, END, BlankError, empty, find_solution, read_blanks
from instructor.publishing.output import Output, OutputError
from instructor.publishing.page import PageError, make_page, visible_text
from make_submission import CourseError, load_course, read_result, zip_name

ROOT = Path(__file__).resolve().parents[1]
COURSES = ROOT / 'instructor' / 'courses'
SCRIPTS = ['dnn_misc.py', 'dnn_im2col.py', 'dnn_mlp.py', 'dnn_mlp_nononlinear.py', 'dnn_cnn.py', 'dnn_cnn_2.py',
           'data_loader.py', 'hw5_dnn_check.py', 'dnn_cnn_2_check.py', 'plot_curves.py', 'make_submission.py']
Q_SCRIPTS = ['q33.sh', 'q34.sh', 'q35.sh', 'q36.sh', 'q37.sh', 'q38.sh', 'q310.sh']
COPIED = [*SCRIPTS, *Q_SCRIPTS, *(f'Windows/{name}' for name in Q_SCRIPTS),
          'ASSIGNMENT.md', 'requirements.txt', 'LICENSE']
TEMPLATES = {'README.md': 'instructor/publishing/readme.md'}
TEXT, PAGE = 'ASSIGNMENT.md', 'ASSIGNMENT.html'  # the page is made of the text
DATA = 'mnist_subset.json'  # numbers only, and copied as it is; everything else is text
PLACEHOLDER = re.compile(r'\{\{\s*([\w.]+)\s*\}\}')


class HandoutError(ValueError):
    """The handout cannot be made or written; the text is the one line that its user sees."""


# ---- what is handed out ----------------------------------------------------------------------------------------------

def build(course):
    """The files of a course's handout: {name, with / for folders: content, as bytes}.

    course: as load_course returns it. Raises HandoutError, PageError or BlankError where the master copy does not give
    a handout.
    """
    masters = {name: read_text(source) for name, source in [*zip(COPIED, COPIED), *TEMPLATES.items()]}
    for name in re.findall(r'\bfigures/[\w-]+\.svg\b', masters[TEXT]):
        masters[name] = read_text(name)
    blanks = [blank for name in SCRIPTS for blank in read_blanks(masters[name], name)]
    unmarked = set(functions(course)) - {blank.name for blank in blanks}
    if unmarked or not any(blank.name.startswith('TODO') for blank in blanks):
        raise HandoutError(f'no blank for {", ".join(sorted(unmarked)) or "the TODO items"}: mark the solution between '
                           '### BEGIN SOLUTION and ### END SOLUTION')

    texts = {name: empty(text, name) if name in SCRIPTS else text for name, text in masters.items()}
    for name in (TEXT, *TEMPLATES):
        texts[name] = fill_in(texts[name], placeholders(course), TEMPLATES.get(name, name))
    if course['collaboration']['kind'] == 'comments':
        for name in course['scripts']:
            texts[name] += f'\n\n{course["collaboration"]["heading"]}\n'
    # In the handout the files have their names already.
    texts['course.json'] = json.dumps({**course, 'files': {}}, indent=2, ensure_ascii=False) + '\n'
    texts['expected.json'] = json.dumps(expected(course, texts), indent=1, ensure_ascii=False) + '\n'
    # Handouts are kept in git by some: a shell script checked out with CRLF does not run.
    texts['.gitattributes'] = '*.sh text eol=lf\n'

    texts = rename({**texts, PAGE: ''}, course['files'])
    texts[course['files'].get(PAGE, PAGE)] = make_page(texts[course['files'].get(TEXT, TEXT)], texts)
    for name, text in texts.items():
        check_text(name, text, texts, blanks)
    return {**{name: text.encode() for name, text in texts.items()}, DATA: read_bytes(DATA)}


def expected(course, texts):
    """What make_submission.py compares a student's files with: given code, and the first and last accuracies."""
    records = {question: read_result(read_text(f'instructor/reference/{name}'))
               for question, name in course['results'].items()}
    return {'markers': [BEGIN, END], 'given': {name: texts[name].splitlines() for name in course['scripts']},
            'accuracies': {question: {key: [values[0], values[-1]] for key, values in record.items()}
                           for question, record in records.items()}}


def functions(course):
    """The functions that students write, such as linear_layer.forward: those with points; a question has no dot."""
    return [item for item in course['points'] if '.' in item]


def read_bytes(name):
    try:
        return (ROOT / name).read_bytes()
    except OSError as error:
        raise HandoutError(f'{name}: cannot be read in the master copy ({error.strerror}): put it back') from None


def read_text(name):
    try:
        return read_bytes(name).decode().replace('\r\n', '\n')
    except UnicodeDecodeError:
        raise HandoutError(f'{name}: is not UTF-8 text: save it as UTF-8') from None


def placeholders(course):
    """What the {{...}} of the assignment's text and of the README stand for in a course: {name: text}."""
    points = {item: Fraction(str(number)) for item, number in course['points'].items()}
    for item, weights in course['weights'].items():
        weights = {part: Fraction(str(weight)) for part, weight in weights.items()}
        for part, weight in weights.items():  # q39.TODO_1, linear_layer.backward.gradient_W
            points[f'{item}.{"_".join(re.findall("[A-Za-z0-9]+", part))}'] = \
                points[item] * weight / sum(weights.values())
    points['functions'] = sum(points[name] for name in functions(course))
    points['total'] = sum(points[item] for item in course['points'])
    call, share = ['python3', 'make_submission.py'], Fraction(str(course['changed_in_place']))
    return {**{key: course[key] for key in ('title', 'term', 'assignment', 'due', 'upload')},
            **{f'points.{item}': number_text(number) for item, number in points.items()},
            'changed_in_place': f'{number_text(100 * share)}%' if share else 'none',
            'collaboration': course['collaboration']['text'],
            'student': ' '.join(course['student']),
            'packing': shlex.join([*call, *course['student']]),
            'packing_example': shlex.join([*call, *course['example']]),
            'zip_example': zip_name(course, course['example'])}


def number_text(number):
    """A Fraction as people write it: 5, 2.5, 3 1/3."""
    if 10 ** 9 % number.denominator == 0:  # the decimals come to an end
        return f'{float(number):.10g}'
    whole, rest = divmod(number, 1)
    return f'{whole} {rest}' if whole else f'{rest}'


def fill_in(text, values, file):
    """The text with its placeholders filled in. Raises HandoutError for one that is unknown or not closed."""
    for number, line in enumerate(text.split('\n'), start=1):
        for name in PLACEHOLDER.findall(line):
            if name not in values:
                raise HandoutError(f'{file}:{number}: unknown placeholder {{{{{name}}}}}; known: {", ".join(values)}')
        if re.search(r'\{\{\s*(' + '|'.join(map(re.escape, values)) + r')\b', PLACEHOLDER.sub('', line)):
            raise HandoutError(f'{file}:{number}: a placeholder is not closed: write it as {{{{title}}}}')
    return PLACEHOLDER.sub(lambda match: values[match.group(1)], text)


def rename(texts, files):
    """The texts under their new names, every mention changed too; of a Python file also those without its .py."""
    for old, new in files.items():
        if old not in texts:
            raise HandoutError(f'"files" in the course file: {old} is not among the files that are handed out')
        if PurePosixPath(old).suffix != PurePosixPath(new).suffix:
            raise HandoutError(f'"files" in the course file: {new} must end as {old} does')
    words = {old.removesuffix('.py'): new.removesuffix('.py') for old, new in files.items()}
    # The stem of a figure is no mention: figures/dnn_mlp.svg stays as it is.
    mention = re.compile('|'.join([r'\binstructor/courses/[\w-]+\.json\b', r'(?P<figure>\bfigures/[\w-]+\.svg\b)', *(
        rf'(?<!\w){re.escape(word)}(?!\w)' for word in sorted(words, key=len, reverse=True))]))

    def renamed(text):  # in one go, so that two files can also swap their names
        return mention.sub(lambda match: words.get(match.group(), match['figure'] or 'course.json'), text)

    names, taken = {name: files.get(name, name) for name in texts}, {DATA: DATA}
    for old, new in names.items():
        other = taken.setdefault(new.casefold(), old)
        if other != old:
            raise HandoutError(f'"files" in the course file: two files get one name: {other} and {old} are {new}')
    return {names[name]: renamed(text) for name, text in texts.items()}


def check_text(name, text, texts, blanks):
    """Raise HandoutError where a text that is to be handed out does not compile, holds a solution, or links nowhere."""
    if name.endswith('.py'):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                compile(text, name, 'exec', dont_inherit=True)
        except SyntaxError as error:
            raise HandoutError(f'{name}:{error.lineno}: in the handout, does not compile: {error.msg}') from None
    found = find_solution(visible_text(text) if name.endswith('.html') else text, blanks)
    if found:
        raise HandoutError(f'{name}:{found[0]}: in the handout, a line of the solution of {found[1]}: take it out')
    if name.endswith(('.md', '.html')):
        for link in re.findall(r'\]\(([^)\s#]+)|\b(?:src|href)="([^"#]+)', text):
            target = ''.join(link)
            if not re.match(r'\w+:', target) and target not in texts and target.rstrip('/') not in (DATA, 'Windows'):
                raise HandoutError(f'{name}: links to {target}, which is not handed out')


# ---- the command -----------------------------------------------------------------------------------------------------

def find_course(text):
    """The course file that --course names: one of ours, or any that ends in .json."""
    names = sorted(path.stem for path in COURSES.glob('*.json'))
    if text in names:
        return COURSES / f'{text}.json'
    if not text.endswith('.json'):
        raise HandoutError(f'--course {text}: no such course; take {", ".join(names)} or a file that ends in .json')
    return Path(text)


def main(arguments=None):
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog='python3 -m instructor.handout', description=__doc__.partition('\n')[0])
    parser.error = lambda message: parser.exit(2, f'{parser.prog}: {message}; see --help\n')
    parser.add_argument('--course', required=True, help='a course in instructor/courses, or the .json file of another')
    parser.add_argument('--output', required=True, metavar='DIR', help='a new or empty folder')
    parser.add_argument('--zip', metavar='FILE', help='write the same as a zip, too')
    parser.add_argument('--force', action='store_true', help='overwrite an earlier handout, file by file')
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors='backslashreplace')  # names of folders and courses, on whatever terminal
    try:
        course = load_course(find_course(options.course))
        output = Output(ROOT, options.output, options.zip, options.force)
        files = build(course)
        output.write(files, top=re.sub(r'\W+', '_', course['assignment']))
    except (HandoutError, PageError, BlankError, CourseError, OutputError) as error:
        parser.exit(2, f'{parser.prog}: {error}\n')
    except OSError as error:
        parser.exit(2, f'{parser.prog}: {error.filename or options.output}: {error.strerror}; name another place\n')
    except KeyboardInterrupt:
        parser.exit(130, f'{parser.prog}: stopped\n')
    print(f'{output.folder}: {len(files)} files for {course["title"]}, {course["term"]}, {course["assignment"]}')
    if output.archive:
        print(f'{output.archive}: the same as a zip, {output.archive.stat().st_size / 1e6:.1f} MB')
    return 0


if __name__ == '__main__':
    sys.exit(main())
