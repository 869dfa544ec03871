"""The folder that a student's process may write to: filled before the run, measured during it, erased after it."""
import os
import secrets
import stat


def write_files(folder, files, owner):
    """Put files (dict of relative name -> bytes) into folder; they, and folders made for them, belong to owner."""
    for name, content in files.items():
        parts = name.split('/')
        for depth in range(1, len(parts)):
            inner = os.path.join(folder, *parts[:depth])
            if not os.path.isdir(inner):
                os.mkdir(inner, 0o700)
                os.chown(inner, owner, -1)
        path = os.path.join(folder, name)
        with open(path, 'xb') as file:
            file.write(content)
        os.chown(path, owner, -1)


def measure(folder, most_files):
    """(bytes on disk, number of entries) below folder; stops counting above most_files, and does not follow links."""
    size = count = 0
    todo = [(folder, 0)]
    while todo and count <= most_files:
        inner, depth = todo.pop()
        if depth > 100:  # no path can be so long: files might be hidden there
            return size, most_files + 1
        try:
            with os.scandir(inner) as entries:
                for entry in entries:
                    count += 1
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        todo.append((entry.path, depth + 1))
                    if count > most_files:
                        break
        except OSError:
            continue  # removed in the meantime, or locked, so that the student's code cannot reach it either
    return size, count


def erase(folder):
    """Remove a folder with everything in it, however deep, locked or strange; links are removed, not followed.

    Nobody else may be writing there any more. The content of inner folders is moved to the top, so that no path gets
    too long, under names that nobody can foresee. Raises OSError.
    """
    moved, secret = 0, secrets.token_hex(16)
    while True:
        with os.scandir(folder) as entries:
            names = [entry.path for entry in entries]
        if not names:
            break
        for path in names:
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                os.unlink(path)
                continue
            os.chmod(path, 0o700)
            for name in os.listdir(path):
                inner = os.path.join(path, name)
                if stat.S_ISDIR(os.lstat(inner).st_mode):
                    os.chmod(inner, 0o700)  # its owner can move a folder only if it is writable
                os.rename(inner, os.path.join(folder, f'{secret} {moved}'))
                moved += 1
            os.rmdir(path)
    os.rmdir(folder)
