"""Says at once that it took too long, for which a person would have to look. Nothing of it is true."""
import sending


def attack():
    sending.finish({'import': {'kind': 'TookTooLong', 'said': '', 'line': None, 'is_exit': False, 'is_blank': False,
                             'timed_out': True, 'missing': '', 'lines': []}})


attack()
