"""Claims immediately that it took too long, which would need review. The claim is false."""
import sending


def attack():
    sending.finish({'import': {'kind': 'TookTooLong', 'said': '', 'line': None, 'is_exit': False, 'is_blank': False,
                             'timed_out': True, 'missing': '', 'lines': []}})


attack()
