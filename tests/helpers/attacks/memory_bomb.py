"""Fills the memory from one process. SIZE: bytes."""
SIZE = '@SIZE@'
STEP = 10_000_000


def attack():
    held = [b'x' * STEP for _ in range(SIZE // STEP)]
    print('REACHED', len(held) * STEP, flush=True)


attack()
