"""running.run starts it for each run: it starts the launcher, enforces the limits and collects the child's output.

    grader -> supervisor -> launcher -> ... -> the child, see launcher.py

It does not parse the child's output, so that no output can keep it from watching; and it is a separate process, so that
nothing that stops the grader stops it. At the end it writes a line of JSON, the report, to its standard output, then
the bytes of stdout, stderr and the result. SIGTERM, or the grader's end, ends the run.
"""
import contextlib
import json
import os
import resource
import selectors
import signal
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))
from instructor.sandbox import control_group, launcher, lockdown, processes, scratch  # noqa: E402
from instructor.sandbox.protocol import END_TIME, FAULT, SET_UP_TIME, RunningTime  # noqa: E402

LOOK_EVERY, MEASURE_EVERY = 0.02, 0.25  # seconds between looks at the processes, and at the folder
_BLOCK = 1 << 16                        # the capacity of a pipe: one read empties it


class Kept:
    """The beginning and the end of a stream of bytes."""

    def __init__(self, limit):
        self.half, self.size = limit // 2, 0
        self.head, self.tail = bytearray(), bytearray()

    def add(self, data):
        self.size += len(data)
        room = self.half - len(self.head)
        self.head += data[:room]
        self.tail += data[room:]
        del self.tail[:max(0, len(self.tail) - self.half)]

    def content(self):
        missing = self.size - len(self.head) - len(self.tail)
        gap = f'\n[... {missing} bytes left out ...]\n'.encode() if missing else b''
        return bytes(self.head) + gap + bytes(self.tail)


class Run:
    """The state of one run: its streams, what it has used, and the reason for ending it early, if there is one."""

    def __init__(self, request, clock):
        self.limits, self.clock = request['limits'], clock
        sizes = [size for _, size in request['files']]
        self.most_bytes = self.limits['scratch_bytes'] + sum(sizes)
        self.most_files = self.limits['scratch_files'] + 2 * len(sizes) + 2  # with the folder around them
        self.output, self.errors = Kept(self.limits['output_bytes']), Kept(self.limits['output_bytes'])
        self.status, self.result = bytearray(), bytearray()
        self.usage, self.begin = processes.TreeUsage(), clock()
        self.started = self.tree_root = self.folder = self.reason = None
        self.fault, self.mount_denied, self.child_status = '', False, None
        self.stopped = False
        self.next_look = self.next_measure = 0.0

    def add_status(self, data):
        """Take the launcher's reports: lines of our own, which contain nothing from the student."""
        *lines, self.status = (self.status + data).split(b'\n')
        for line in lines:
            word, _, text = line.decode('utf-8', 'replace').partition(' ')
            if word == 'tree':
                self.tree_root = int(text)
            elif word == 'folder':
                self.folder = json.loads(text)
            elif word == 'started':
                self.started = self.clock()
            elif word == 'ended':
                self.child_status = int(text)  # only clearing up is left
            elif word in ('fault', 'mount-denied'):
                self.fault, self.mount_denied = text, word == 'mount-denied'

    def add_result(self, data):
        if len(self.result) + len(data) > self.limits['result_bytes']:
            self.reason = self.reason or 'result too large'
        else:
            self.result += data

    def find_reason(self):
        """The reason for ending this run now, or None."""
        now = self.clock()
        if self.stopped:
            return 'stopped'
        if self.started is None:
            return FAULT if now - self.begin > SET_UP_TIME else None
        if now >= self.next_look and self.tree_root:
            reason = self._look(now - self.started)
            self.next_look = self.clock() + LOOK_EVERY
            if reason:
                return reason
        if self.folder and now >= self.next_measure:
            size, count = scratch.measure(self.folder, self.most_files)
            self.next_measure = self.clock() + MEASURE_EVERY
            if size > self.most_bytes or count > self.most_files:
                return 'disk'
        return 'wall' if now - self.started > self.limits['wall_seconds'] else None

    def _look(self, seconds):
        """The limit that the processes exceed, `seconds` after their start, or None."""
        limits, usage = self.limits, self.usage
        usage.look(self.tree_root, limits['memory_bytes'])
        idle = seconds - usage.cpu - usage.waited
        for reason, used, limit in (('memory', usage.memory, limits['memory_bytes']),
                                    ('processes', usage.threads, limits['processes']),
                                    ('cpu', usage.cpu, limits['cpu_seconds']), ('idle', idle, limits['idle_seconds'])):
            if used > limit:
                return reason
        return None

    def follow(self, selector, process):
        """Read and watch until the launcher `process` and its children have ended; end them if there is a reason."""
        give_up, alive = None, True
        while selector.get_map() or alive:
            for key, _ in selector.select(LOOK_EVERY):
                data = os.read(key.fd, _BLOCK)
                if data:
                    key.data(data)
                else:
                    selector.unregister(key.fd)
            alive = alive and os.waitpid(process, os.WNOHANG)[0] == 0
            now = self.clock()
            if give_up is not None:
                if now > give_up:
                    break
            elif self.child_status is not None or not alive:
                give_up = now + END_TIME
            else:
                self.reason = self.reason or self.find_reason()
                if self.reason:
                    os.kill(process, signal.SIGTERM)
                    give_up = now + END_TIME
        while processes.reap():  # normally the launcher does this, unless it was killed
            processes.kill_below(os.getpid())
            time.sleep(0.001)
        if self.folder and os.path.isdir(self.folder):  # the launcher itself was killed
            scratch.erase(self.folder)

    def report(self, ran_out_of_memory):
        """The outcome, as the fields of an Outcome."""
        # The kernel's count for all children is exact, but includes the launcher's own time.
        times = {'seconds': self.clock() - (self.begin if self.started is None else self.started),
                'cpu_seconds': max(self.usage.cpu, sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]))}
        # If a run is stopped while it is being set up, the launcher reports that as a fault.
        if self.reason != 'stopped' and (self.fault or self.reason == FAULT or self.started is None):
            late = f'no answer in {SET_UP_TIME} seconds' if self.reason else 'the launcher ended without a report'
            return {**times, 'ended': FAULT, 'fault': self.fault or late, 'mount_denied': self.mount_denied}
        if self.reason:
            return {**times, 'ended': self.reason}
        if ran_out_of_memory and self.child_status in (None, signal.SIGKILL):
            return {**times, 'ended': 'memory'}
        if self.child_status is None:  # the child cannot end these processes: somebody else did
            return {**times, 'ended': FAULT, 'fault': 'a process that holds the child was killed from outside'}
        code = os.waitstatus_to_exitcode(self.child_status)
        kind = 'cpu' if code == -signal.SIGXCPU else 'signal' if code < 0 else 'exit' if code else 'ok'
        return {**times, 'ended': kind, 'returncode': code}


def read_request(stream):
    """Read a line of JSON, then the bytes of the files, one after the other. Returns (request, dict of files)."""
    request = json.loads(stream.readline())
    files = {name: stream.read(size) for name, size in request['files']}
    if any(len(files[name]) != size for name, size in request['files']):
        raise OSError('the request is incomplete')
    return request, files


def supervise(run, request, files):
    """Carry out the request; returns the report."""
    lockdown.prctl(lockdown.PR_SET_CHILD_SUBREAPER, 1)  # in case the launcher is killed
    group = control_group.make(request['cgroup'], request['limits']) if request['cgroup'] else None
    try:
        _follow_launcher(run, request, files, group)
        return run.report(group is not None and control_group.ran_out_of_memory(group))
    finally:
        if group is not None:
            control_group.remove(group)


def _follow_launcher(run, request, files, group):
    ends = {name: os.pipe() for name in ('output', 'errors', 'status', 'result')}
    supervisor = os.getpid()
    process = os.fork()
    if process == 0:
        launcher.launch(request, files, supervisor, group, {name: pair[1] for name, pair in ends.items()})
    files.clear()
    with selectors.DefaultSelector() as selector:
        for name, take in (('output', run.output.add), ('errors', run.errors.add), ('status', run.add_status),
                           ('result', run.add_result)):
            os.close(ends[name][1])
            selector.register(ends[name][0], selectors.EVENT_READ, take)
        run.follow(selector, process)


def main():
    """The argument: the grader's process number."""
    os.umask(0o022)
    clock, run = RunningTime(), None

    def stop(*_):
        if run is None:
            os._exit(0)
        run.stopped = True

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, stop)
    lockdown.prctl(lockdown.PR_SET_PDEATHSIG, signal.SIGTERM)
    lockdown.prctl(lockdown.PR_SET_DUMPABLE, 0)  # students' processes of the same user id cannot look into it
    if os.getppid() != int(sys.argv[1]):
        return
    request, files = read_request(sys.stdin.buffer)
    run = Run(request, clock)
    try:
        report = supervise(run, request, files)
    except OSError as error:
        report = {'ended': FAULT, 'fault': ' '.join(f'{type(error).__name__}: {error}'.split())}
    parts = [run.output.content(), run.errors.content(), bytes(run.result)]
    with contextlib.suppress(BrokenPipeError), sys.stdout.buffer as out:
        out.write(json.dumps({**report, 'sizes': [len(part) for part in parts]}).encode() + b'\n' + b''.join(parts))


if __name__ == '__main__':
    main()
