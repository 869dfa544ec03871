"""Draw the figure of ASSIGNMENT.md: figures/three_layer_network.svg.

    python3 -m assignments.rice_comp576_a1.teacher.make_text_figure

Run it in the folder of the whole project.
"""

from pathlib import Path

from assignments.cmu_10701_hw3.teacher.make_figures import column, label, layers, page

FILE = Path(__file__).resolve().parents[1] / 'figures' / 'three_layer_network.svg'


def three_layer_network():
    inputs = column(110, 180, 100, [('x', '1'), ('x', '2')])
    hidden = column(370, 180, 90, [('', '')] * 3)  # a1 is the vector of all three
    outputs = column(630, 180, 100, [('ŷ', '0'), ('ŷ', '1')])
    notes = [label(110, 34, 'input', kind='note'), label(370, 34, 'hidden layer, actFun', kind='note'),
             label(630, 34, 'output, softmax', kind='note'),
             label(225, 66, 'W₁, b₁', kind='weight'), label(515, 66, 'W₂, b₂', kind='weight')]
    return page('Two inputs, three hidden units, two outputs', 740, 330, layers(inputs, hidden, outputs) + notes)


if __name__ == '__main__':
    FILE.write_bytes(three_layer_network().encode('utf-8'))
    print(FILE)
