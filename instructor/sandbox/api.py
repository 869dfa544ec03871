"""Running students' code contained: the door to the parts that do it.

    isolation = sandbox.probe('auto')                        # once; raises IsolationError with one line
    outcome = sandbox.run(isolation, ENTRY, {'dnn_misc.py': text}, limits=sandbox.Limits(wall_seconds=5))
    messages, arrays, is_whole = sandbox.read_reply(outcome.result)

ENTRY is the source of a script. It runs by `python -I`, so it starts with

    import os, sys
    sys.path.insert(0, os.getcwd())        # the writable scratch folder, which holds the given files

and sends what it found by writing to the file descriptor in the environment's RESULT_FD, in the form of reply.py, as
workers/sending.py does.

All it sends may be forged by the code beside it: take it for the student's answer, never for a judgement. No expected
value belongs into ENTRY, its arguments or the given files.

The parts, from the outside in: protocol.py (what goes in and comes out), probe.py,
visible_paths.py (what the child sees), running.py (run), supervisor.py (the process that watches and keeps the
limits), processes.py, scratch.py and control_group.py (its eyes and hands), launcher.py (the process between),
namespaces.py, lockdown.py and seccomp.py (the kernel side), reply.py (read_reply).
"""
from instructor.sandbox.probe import NEEDS_LINUX, IsolationError, probe
from instructor.sandbox.protocol import FAULT, Isolation, Limits, Outcome
from instructor.sandbox.reply import read_reply
from instructor.sandbox.running import close_memory, run

__all__ = ['FAULT', 'NEEDS_LINUX', 'Isolation', 'IsolationError', 'Limits', 'Outcome', 'close_memory', 'probe',
           'read_reply', 'run']
