"""The lock that judges hold while Python builds a syntax tree for them: in ast.parse, compile, np.load, traceback.

CPython 3.11 counts for all threads together how deep it is in a tree: where the garbage collector lets another thread
in, two trees in the making end in a SystemError, and the fault would look like the student's.
"""
import threading

ONE_AT_A_TIME = threading.Lock()
