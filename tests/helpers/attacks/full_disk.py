"""Fills the disk with files of a megabyte. COUNT: how many."""
COUNT = '@COUNT@'


def attack():
    for number in range(COUNT):
        with open(f'file_{number}', 'wb') as file:
            file.write(b'x' * 1_000_000)
    print('REACHED', flush=True)


attack()
