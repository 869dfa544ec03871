"""Writes the autograder with which Gradescope judges a course's submissions: the zip to upload there.

    python3 -m instructor.gradescope --course cmu|gt|osu|rice|tamu|FILE.json --output autograder.zip [--force]

It holds the references and solutions of the assignment: give it to nobody but Gradescope. The same sources give the
same bytes. Exit status: 0 if it is written; 2, with one line that says why, if not.
"""
import sys
from pathlib import Path

from instructor import packages

if __name__ == '__main__':
    packages.require('instructor.gradescope', 'jsonschema')  # before what imports it

from common import OneLineParser, write_whole  # noqa: E402
from instructor.assignment import ROOT  # noqa: E402
from instructor.course import find_course, load_course  # noqa: E402
from instructor.descriptions import DescriptionError  # noqa: E402
from instructor.publishing import bundle  # noqa: E402
from instructor.publishing.output import OutputError, outside  # noqa: E402


def main(arguments=None):
    """Run the command; returns its exit status."""
    parser = OneLineParser(prog='python3 -m instructor.gradescope', advice='; see --help',
                           description=__doc__.partition('\n')[0])
    parser.add_argument('--course', required=True, help='a course in instructor/courses, or the .json file of another')
    parser.add_argument('--output', required=True, metavar='ZIP', help='the file to write, such as autograder.zip')
    parser.add_argument('--force', action='store_true', help='replace a file that is there')
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):  # so that any terminal can show names of folders
        stream.reconfigure(errors='backslashreplace')  # type: ignore[union-attr]
    try:
        path = find_course(options.course)
        course, output = load_course(path), _output(options)
        files = bundle.bundle(path)
        write_whole(output, bundle.zipped(files))
    except (bundle.BundleError, DescriptionError, OutputError) as error:
        parser.exit(2, f'{parser.prog}: {error}\n')
    except OSError as error:
        parser.exit(2, f'{parser.prog}: {error.filename or options.output}: {error.strerror}; name another place\n')
    except KeyboardInterrupt:
        parser.exit(130, f'{parser.prog}: stopped\n')
    hidden = len(course.gradescope.hidden)
    print(f'{output}: {len(files)} files for {course.title}, {course.term}, {course.assignment_title}, '
          f'{output.stat().st_size / 1e6:.1f} MB')
    print(f'{len(course.points)} tests, of which {hidden} are shown {course.gradescope.shown.replace("_", " ")}'
          if hidden else f'{len(course.points)} tests, all visible at once')
    return 0


def _output(options):
    """The Path to write to. Raises OutputError if it must not be written."""
    output = outside(ROOT, options.output, '--output')
    if output.suffix != '.zip':
        raise OutputError(f'--output {output}: must end in .zip')
    if output.is_dir():
        raise OutputError(f'--output {output}: is a folder; name a file')
    if not output.parent.is_dir():
        raise OutputError(f'--output {output}: its folder is not there; make it, or name another place')
    if output.exists() and not options.force:
        raise OutputError(f'--output {output}: exists already; name a new file, or add --force')
    return Path(output)


if __name__ == '__main__':
    sys.exit(main())
