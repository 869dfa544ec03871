"""Fills the disk with small files. COUNT: how many."""
COUNT = '@COUNT@'


def attack():
    for number in range(COUNT):
        with open(f'file_{number}', 'w') as file:
            file.write('x')
    print('REACHED', flush=True)


attack()
