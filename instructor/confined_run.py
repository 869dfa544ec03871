"""One run of a script in a confined child: starts the launcher, watches all it does, and takes what it sends."""
import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from instructor import scratch, watch
from instructor.run_contract import ENVIRONMENT, Limits, Outcome

_LAUNCHER = Path(__file__).resolve().with_name('launcher.py')
_ENTRY = '/entry'  # among the given files, where no other name can begin like that
_LOOK_EVERY, _MEASURE_EVERY = 0.02, 0.25  # seconds between looks at the processes, and at the folder
_SET_UP_TIME, _END_TIME = 60, 10          # seconds for the launcher to begin, and to clear up
_BLOCK = 1 << 16
_FAULT = 'grader fault'


class _Kept:
    """The beginning and the end of a stream."""

    def __init__(self, limit):
        self.half, self.size = limit // 2, 0
        self.head, self.tail = bytearray(), bytearray()

    def add(self, data):
        self.size += len(data)
        room = self.half - len(self.head)
        self.head += data[:room]
        self.tail += data[room:]
        del self.tail[:max(0, len(self.tail) - self.half)]

    def text(self):
        missing = self.size - len(self.head) - len(self.tail)
        gap = f'\n[... {missing} bytes left out ...]\n'.encode() if missing else b''
        return (self.head + gap + self.tail).decode('utf-8', 'replace')


class _Run:
    """The state of one run: its streams, and the reason for ending it early, if there is one."""

    def __init__(self, process, limits, contents, stop):
        self.process, self.limits, self.stop = process, limits, stop
        self.most_bytes = limits.scratch_bytes + sum(map(len, contents.values()))
        self.most_files = limits.scratch_files + 2 * len(contents) + 2  # with the folder around them
        self.output, self.errors = _Kept(limits.output_bytes), _Kept(limits.output_bytes)
        self.status, self.result = bytearray(), bytearray()
        self.begin = time.monotonic()
        self.started = self.watched = self.folder = self.reason = None
        self.over = False
        self.next_look = self.next_measure = 0.0

    def add_status(self, data):
        self.status += data
        for line in self.status.decode('utf-8', 'replace').splitlines():
            if line.startswith('watch '):
                self.watched = int(line.split()[1])
            elif line.startswith('folder '):
                self.folder = json.loads(line.partition(' ')[2])
            elif line == 'started' and self.started is None:
                self.started = time.monotonic()
            elif line.startswith('ended '):
                self.over = True  # what is left is clearing up

    def add_result(self, data):
        if len(self.result) + len(data) > self.limits.result_bytes:
            self.reason = self.reason or 'result too large'
        else:
            self.result += data

    def find_reason(self, now):
        """Why this run has to be ended now, or None."""
        limits = self.limits
        if self.stop is not None and self.stop.is_set():
            return 'stopped'
        if self.started is None:
            return _FAULT if now - self.begin > _SET_UP_TIME else None
        if now - self.started > limits.wall_seconds:
            return 'wall'
        if now >= self.next_look and self.watched:
            usage = watch.usage_below(self.watched, limits.memory_bytes)
            self.next_look = time.monotonic() + _LOOK_EVERY
            for reason, used, limit in (('memory', usage.memory, limits.memory_bytes),
                                        ('processes', usage.threads, limits.processes),
                                        ('cpu', usage.cpu, limits.cpu_seconds)):
                if used > limit:
                    return reason
        if self.folder and now >= self.next_measure:
            size, count = scratch.measure(self.folder, self.most_files)
            self.next_measure = time.monotonic() + _MEASURE_EVERY
            if size > self.most_bytes or count > self.most_files:
                return 'disk'
        return None

    def follow(self, selector):
        """Read and watch until the launcher and all it started are gone; ends them where there is a reason to."""
        give_up = None
        while selector.get_map() or self.process.poll() is None:
            for key, _ in selector.select(_LOOK_EVERY):
                data = os.read(key.fd, _BLOCK)
                if data:
                    key.data(data)
                else:
                    selector.unregister(key.fd)
            now = time.monotonic()
            if give_up is not None:
                if now > give_up:
                    return
            elif self.over or self.process.poll() is not None:
                give_up = now + _END_TIME
            else:
                self.reason = self.reason or self.find_reason(now)
                if self.reason:
                    self.process.terminate()
                    give_up = now + _END_TIME

    def outcome(self, isolation):
        lines = [line.partition(' ') for line in self.status.decode('utf-8', 'replace').splitlines()]
        told = {word: text for word, _, text in lines}
        seconds = time.monotonic() - (self.started or self.begin)
        common = dict(output=self.output.text(), errors=self.errors.text(), seconds=seconds, isolation=isolation.level)
        # Where a run is stopped while it is being set up, the launcher complains of that.
        if self.reason != 'stopped' and ('fault' in told or self.reason == _FAULT or self.started is None):
            fault = told.get('fault') or common['errors'].strip() or f'no answer in {_SET_UP_TIME} seconds'
            return Outcome(_FAULT, fault=fault.splitlines()[-1], **common)
        result = None if self.reason == 'result too large' else bytes(self.result) or None
        if self.reason:
            return Outcome(self.reason, result=result, **common)
        # Without a word on the end, process 1 itself was killed, and with it all others.
        code = os.waitstatus_to_exitcode(int(told.get('ended', signal.SIGKILL)))
        kind = 'cpu' if code == -signal.SIGXCPU else 'signal' if code < 0 else 'exit' if code else 'ok'
        return Outcome(kind, returncode=code, result=result, **common)


def _contents(files):
    """The given files as bytes; a Path is read here, so that the launcher needs no way to it."""
    contents = {}
    for name, content in dict(files).items():
        if name.startswith('/') or any(part in ('', '.', '..') for part in name.split('/')) or '\0' in name:
            raise ValueError(f'{name!r} is not the name of a file inside a folder')
        contents[name] = content.read_bytes() if isinstance(content, Path) else bytes(content)
    return contents


def _end(process, state):
    """Make sure that the launcher, all below it and its folder are gone."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_END_TIME)
        except subprocess.TimeoutExpired:
            watch.kill_below(process.pid)
            process.kill()
            process.wait()
    if state.folder and os.path.isdir(state.folder):  # the launcher itself was killed
        scratch.erase(state.folder)


def run(isolation, entry, files=(), argv=(), limits=Limits(), stop=None):
    """Run the Python source `entry` by `python -I` in a confined child; returns its Outcome.

    files: dict of name -> bytes or Path, copied into the child's private writable current folder; argv: strings for
    sys.argv[1:]; stop: a threading.Event that ends the run early. May be called from several threads. When it
    returns or raises, no process of the run is left and its folder is gone. Raises ValueError for a bad file name,
    OSError where a given Path cannot be read; all that fails later is told in the Outcome.
    """
    contents = _contents(files)
    entry_bytes = entry.encode()
    with contextlib.ExitStack() as stack:
        pipes = {}
        for name in ('status', 'result'):
            read_end, write_end = os.pipe()
            pipes[name] = [stack.enter_context(open(read_end, 'rb', 0)), stack.enter_context(open(write_end, 'wb', 0))]
        fds = [pipes[name][1].fileno() for name in ('status', 'result')]
        process = stack.enter_context(subprocess.Popen(
            [sys.executable, '-I', '-S', str(_LAUNCHER), str(fds[0]), str(os.getpid())], cwd='/', env=ENVIRONMENT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=fds,
            start_new_session=True))
        state = _Run(process, limits, contents, stop)
        stack.callback(lambda: _end(process, state))
        for _, write_end in pipes.values():
            write_end.close()
        orders = {
            'level': isolation.level, 'binds': isolation.binds, 'python': isolation.python, 'argv': list(argv),
            'limits': asdict(limits), 'environment': ENVIRONMENT, 'result_fd': fds[1], 'entry': _ENTRY,
            'temporary': os.path.realpath(tempfile.gettempdir()),
            'files': [(_ENTRY, len(entry_bytes)), *((name, len(content)) for name, content in contents.items())],
        }
        with contextlib.suppress(BrokenPipeError):  # the launcher's own report tells why
            with process.stdin:
                process.stdin.write(json.dumps(orders).encode() + b'\n' + entry_bytes)
                for content in contents.values():
                    process.stdin.write(content)
        with selectors.DefaultSelector() as selector:
            for stream, take in ((process.stdout, state.output.add), (process.stderr, state.errors.add),
                                 (pipes['status'][0], state.add_status), (pipes['result'][0], state.add_result)):
                selector.register(stream, selectors.EVENT_READ, take)
            state.follow(selector)
        _end(process, state)
        return state.outcome(isolation)
