"""Never ends."""


def attack():
    print('REACHED', flush=True)
    while True:
        pass


attack()
