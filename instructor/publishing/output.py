"""Writes the files of a handout into a folder and a zip: completely or not at all, and never into the repository."""

import contextlib
import tempfile
from pathlib import Path, PurePosixPath

from common import zipped


class OutputError(ValueError):
    """A handout cannot be written there; the text is one line."""


class Output:
    """Where a handout goes: a folder that is new or empty, and a zip outside of it, or None.

    folder, archive: their paths, with links and .. resolved. force: overwrite files of the same names in a folder that
    holds a handout, and a zip that already exists. Raises OutputError before anything is written.
    """

    def __init__(self, repository, folder, archive=None, force=False):
        self.folder = outside(repository, folder, '--output')
        self.archive = outside(repository, archive, '--zip') if archive else None
        if self.folder.exists():
            if not self.folder.is_dir():
                raise OutputError(f'--output {self.folder}: is not a folder; name a new one')
            if any(self.folder.iterdir()):
                if not (self.folder / 'course.json').is_file():
                    raise OutputError(f'--output {self.folder}: is neither empty nor a handout (it has no '
                                      'course.json); name a new folder')
                if not force:
                    raise OutputError(f'--output {self.folder}: is not empty; name a new folder, or add --force to '
                                      'overwrite the files of the handout in it')
        if self.archive:
            if self.folder in (self.archive, *self.archive.parents) or self.archive in self.folder.parents:
                raise OutputError(f'--zip {self.archive}: name a file outside of the folder {self.folder}')
            if self.archive.is_dir():
                raise OutputError(f'--zip {self.archive}: is a folder; name a file')
            if self.archive.exists() and not force:
                raise OutputError(f'--zip {self.archive}: exists already; name a new file, or add --force')

    def write(self, files, top):
        """Write files {name, with / for folders: bytes}; in the zip they are in one folder called `top`.

        Everything is written elsewhere on the same disk first, then moved. Raises OutputError and OSError.
        """
        self._check_names(files)
        is_new = not self.folder.exists()
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            # Others cannot read the scratch folders; what is moved out of them gets the permissions of any new file.
            near = self.folder.parent if is_new else self.folder
            whole = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='.handout-', dir=near))) / 'handout'
            _write_files(whole, files)
            if self.archive:
                self.archive.parent.mkdir(parents=True, exist_ok=True)
                near = self.archive.parent
                scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix='.handout-', dir=near))
                _write_zip(Path(scratch) / 'zip', files, top)
                (Path(scratch) / 'zip').replace(self.archive)
            if is_new:
                whole.rename(self.folder)
                return
            for name in files:
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (whole / name).replace(self.folder / name)

    def _check_names(self, names):
        """Raise OutputError if something in the folder would block a file or redirect it."""
        for name in names:
            for parent in [self.folder / parent for parent in PurePosixPath(name).parents if parent.name]:
                if parent.is_symlink() or parent.exists() and not parent.is_dir():
                    raise OutputError(f'--output {self.folder}: {parent.name} in it is not a real folder; '
                                      'move it away')
            if (self.folder / name).is_dir() and not (self.folder / name).is_symlink():
                raise OutputError(f'--output {self.folder}: {name} in it is a folder; move it away')


def outside(repository, path, option):
    try:
        path = Path(path).resolve()
        for parent in (path, *path.parents):
            if parent.exists() and parent.samefile(repository):
                raise OutputError(f'{option} {path}: is in this repository; name a place outside of {repository}')
            if (parent / 'instructor' / 'handout.py').exists():
                raise OutputError(f'{option} {path}: is in another master copy; name a place outside of {parent}')
    except RuntimeError:  # raised for circular links before Python 3.13
        raise OutputError(f'{option} {path}: its links are circular') from None
    return path


def _write_files(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if path.suffix == '.sh':
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o444) >> 2)  # whoever may read it may run it


def _write_zip(path, files, top):
    path.write_bytes(zipped((f'{top}/{name}', files[name]) for name in sorted(files)))
