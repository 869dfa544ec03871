"""Says at once that it took too long, for which a person would have to look. Nothing of it is true."""
import sending


def attack():
    sending.send({'import': {'kind': 'TookTooLong', 'said': '', 'line': None, 'is_exit': False, 'is_blank': False,
                             'too_long': True, 'lines': []}})


attack()
