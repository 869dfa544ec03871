"""Runs students' code in confinement; this module is the entrance to the parts that do it.

    isolation = sandbox.probe('auto')                        # once; raises IsolationError with one line
    outcome = sandbox.run(isolation, ENTRY, {'dnn_misc.py': text}, limits=sandbox.Limits(wall_seconds=5))
    messages, arrays, is_whole = sandbox.read_reply(outcome.result)

ENTRY is the source of a script. It runs under `python -I`, so it starts with

    import os, sys
    sys.path.insert(0, os.getcwd())        # the writable scratch folder, which holds the given files

and sends its results to the file descriptor in the environment's RESULT_FD, in the form that reply.py reads and
workers/sending.py writes.

The student's code in the same process can forge all of it: treat it as the student's answer, never as a judgement. No
expected value belongs in ENTRY, its arguments or the given files.

The parts, from the outside in: protocol.py (what goes in and comes out), probe.py,
visible_paths.py (what the child sees), running.py (run), supervisor.py (the process that watches the run and
enforces the limits, with processes.py, scratch.py and control_group.py), launcher.py (the process between the two,
with namespaces.py, lockdown.py and seccomp.py for the kernel's part), reply.py (read_reply).
"""
from instructor.sandbox.probe import NEEDS_LINUX, IsolationError, probe
from instructor.sandbox.protocol import FAULT, Isolation, Limits, Outcome
from instructor.sandbox.reply import read_reply
from instructor.sandbox.running import close_memory, run

__all__ = ['FAULT', 'NEEDS_LINUX', 'Isolation', 'IsolationError', 'Limits', 'Outcome', 'close_memory', 'probe',
           'read_reply', 'run']
