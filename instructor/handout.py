"""Writes what the students of a course get: the master copy without its solutions, with the course's file names.

    python3 -m instructor.handout --course cmu|gt|osu|tamu|FILE.json --output DIR [--zip FILE] [--force]

The same sources give the same bytes. Exit status: 0 if the handout is written; 2, with one line that says why, if not:
then nothing is written. Text between the marker lines becomes a blank, see publishing/blanks.py.
"""
import re
import sys

from instructor import packages

if __name__ == '__main__':
    packages.require('instructor.handout', 'jsonschema')  # before what imports it; page.py says how to get pandoc

from common import OneLineParser  # noqa: E402
from instructor.assignment import ROOT  # noqa: E402
from instructor.course import find_course, load_course  # noqa: E402
from instructor.descriptions import DescriptionError  # noqa: E402
from instructor.publishing import build  # noqa: E402
from instructor.publishing.output import Output, OutputError  # noqa: E402


def main(arguments=None):
    """Run the command; returns its exit status."""
    parser = OneLineParser(prog='python3 -m instructor.handout', advice='; see --help',
                           description=__doc__.partition('\n')[0])
    parser.add_argument('--course', required=True, help='a course in instructor/courses, or the .json file of another')
    parser.add_argument('--output', required=True, metavar='DIR', help='a new or empty folder')
    parser.add_argument('--zip', metavar='FILE', help='also write the handout as a zip')
    parser.add_argument('--force', action='store_true', help='overwrite an earlier handout, file by file')
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):  # so that any terminal can show names of folders
        stream.reconfigure(errors='backslashreplace')  # type: ignore[union-attr]
    try:
        course = load_course(find_course(options.course))
        output = Output(ROOT, options.output, options.zip, options.force)
        files = build.build(course)
        output.write(files, top=re.sub(r'\W+', '_', course.assignment_title))
    except (*build.FAULTS, DescriptionError, OutputError) as error:
        parser.exit(2, f'{parser.prog}: {error}\n')
    except OSError as error:
        parser.exit(2, f'{parser.prog}: {error.filename or options.output}: {error.strerror}; name another place\n')
    except KeyboardInterrupt:
        parser.exit(130, f'{parser.prog}: stopped\n')
    print(f'{output.folder}: {len(files)} files for {course.title}, {course.term}, {course.assignment_title}')
    if output.archive:
        print(f'{output.archive}: the same as a zip, {output.archive.stat().st_size / 1e6:.1f} MB')
    return 0


if __name__ == '__main__':
    sys.exit(main())
