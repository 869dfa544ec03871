"""Fills the disk with one file. SIZE: bytes."""
SIZE = '@SIZE@'
STEP = 1_000_000


def attack():
    with open('huge', 'wb') as file:
        for _ in range(SIZE // STEP):
            file.write(b'x' * STEP)
    print('REACHED', flush=True)


attack()
