"""What this machine can do at best, in one thread: matrix products a second, and bytes moved a second; and its name."""

import functools
import os
import platform
import re
import time

import numpy as np


def cpu_model():
    """The model of the processor as the system names it, never the machine's own name."""
    try:
        with open('/proc/cpuinfo', encoding='utf-8') as file:
            return re.search(r'(?m)^(?:model name|Model)\s*:\s*(.+)$', file.read())[1].strip()
    except (OSError, TypeError):
        return platform.processor() or platform.machine()


def num_cores():
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def best_seconds(function, at_least=0.3):
    """The shortest time of one call, over as many calls as fit into `at_least` seconds."""
    best, end = float('inf'), time.process_time() + at_least
    while time.process_time() < end:
        start = time.process_time()
        function()
        best = min(best, time.process_time() - start)
    return best


@functools.cache
def flops():
    """Floating-point operations a second in a large matrix product, where it is at its best."""
    size = 1000
    A = np.random.rand(size, size)
    return 2 * size ** 3 / best_seconds(lambda: A @ A, 2)  # long: the bound must not depend on a moment


@functools.cache
def _copy_speed(size):
    num_copies = max(1, (1 << 22) // size)  # long enough for the clock
    source, target = np.ones(size // 16), np.ones(size // 16)

    def copies():
        for _ in range(num_copies):
            np.copyto(target, source)
    return size * num_copies / best_seconds(copies, 0.1)


def bytes_a_second(num_bytes):
    """Bytes read and written a second, when `num_bytes` are copied again and again: small arrays stay in the caches."""
    return _copy_speed(1 << max(15, int(num_bytes).bit_length() - 1))
