"""Right and wrong ways to write the five functions of dnn_misc.py, and how each has to be judged.

VARIANTS: name -> Variant. build(name, master_source) puts a variant's bodies into the source of dnn_misc.py.
A function that a variant does not name keeps the body of the master copy.
"""

from tests.helpers.variants import combined, right, wrong
from tests.helpers.variants.variant import FUNCTIONS, NOT_WRITTEN, Variant, with_bodies

__all__ = ['FUNCTIONS', 'NOT_WRITTEN', 'VARIANTS', 'Variant', 'build', 'with_bodies']

VARIANTS = {**right.VARIANTS, **wrong.VARIANTS, **combined.VARIANTS}


def build(name, master_source):
    """The source of dnn_misc.py with the variant's bodies between the marker lines of the master copy."""
    return with_bodies(VARIANTS[name].bodies, master_source, VARIANTS[name].extra)
