"""Scripts with something else in their blanks."""
import textwrap

from instructor.publishing import blanks


def fill(source, bodies, name='f'):
    """The text of a script with code in those of its blanks that are in bodies, {blank: code}, indented to fit.

    Names of other blanks are left out, so that one dict can serve several scripts.
    """
    indents = {blank.name: blank.indent for blank in blanks.read_blanks(source, name)}
    return blanks.fill(source, {blank: textwrap.indent(textwrap.dedent(code).strip() + '\n', indents[blank])
                                for blank, code in bodies.items() if blank in indents}, name)


def fill_all(sources, bodies):
    """As fill, for several scripts: name -> text."""
    return {name: fill(source, bodies, name) for name, source in sources.items()}
