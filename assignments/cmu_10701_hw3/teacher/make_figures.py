"""Draw the figures of ASSIGNMENT.md: figures/*.svg.

    python3 -m assignments.cmu_10701_hw3.teacher.make_figures

Run it in the folder of the whole project.
"""

import math
from typing import NamedTuple

import numpy as np

from assignments.cmu_10701_hw3 import training_data

FOLDER = training_data.FOLDER.parent / 'figures'
RADIUS = 24

PAGE = '''<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" \
role="img" aria-labelledby="title">
<title id="title">{title}</title>
<style>
  text {{ font-family: Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; font-size: 15px; \
fill: #1f2328; text-anchor: middle; }}
  .name {{ font-size: 17px; font-style: italic; }}
  .weight {{ font-size: 15px; fill: #0b5cad; }}
  .note {{ font-size: 14px; fill: #57606a; }}
  circle {{ fill: #ffffff; stroke: #1f2328; stroke-width: 2; }}
  circle.fixed {{ fill: #eaeef2; stroke: #57606a; }}
  line {{ stroke: #0b5cad; stroke-width: 1.3; }}
  line.fixed {{ stroke: #8c959f; stroke-dasharray: 5 4; }}
  path {{ fill: #1f2328; stroke: none; }}
</style>
<rect x="1" y="1" width="{frame_width}" height="{frame_height}" rx="8" fill="#ffffff" stroke="#d0d7de" \
stroke-width="2"/>
{body}
</svg>
'''


class Node(NamedTuple):
    """A circle of a network: its centre, its name such as 'x', and the index below that, '' for none."""
    x: float
    y: float
    name: str
    index: str = ''
    is_fixed: bool = False


def column(x, middle, gap, names, num_fixed=0):
    """Nodes below each other around a height; names: (name, index) each; the first num_fixed are fixed to 1."""
    top = middle - gap * (len(names) - 1) / 2
    return [Node(x, top + gap * place, name, index, place < num_fixed) for place, (name, index) in enumerate(names)]


def number(value):
    return f'{value:.1f}'.removesuffix('.0')


def label(x, y, name, index='', kind='name'):
    below = f'<tspan dy="4" font-size="12">{index}</tspan>' if index else ''
    return f'<text x="{number(x)}" y="{number(y)}" class="{kind}">{name}{below}</text>'


def edge(start, end):
    """The line from circle to circle, without what lies within them."""
    length = math.hypot(end.x - start.x, end.y - start.y)
    dx, dy = (RADIUS * (end.x - start.x) / length, RADIUS * (end.y - start.y) / length)
    kind = ' class="fixed"' if start.is_fixed else ''
    return (f'<line{kind} x1="{number(start.x + dx)}" y1="{number(start.y + dy)}" '
            f'x2="{number(end.x - dx)}" y2="{number(end.y - dy)}"/>')


def circles(nodes):
    kinds = {True: ' class="fixed"', False: ''}
    return [f'<circle{kinds[node.is_fixed]} cx="{number(node.x)}" cy="{number(node.y)}" r="{RADIUS}"/>\n'
            + label(node.x, node.y + 5, node.name, node.index) for node in nodes]


def layers(*columns):
    """The circles of a network and an edge between all of neighbouring columns, except to what is fixed."""
    edges = [edge(start, end) for left, right in zip(columns, columns[1:]) for start in left for end in right
             if not end.is_fixed]
    return edges + circles([node for nodes in columns for node in nodes])


def page(title, width, height, body):
    return PAGE.format(title=title, width=width, height=height, frame_width=width - 2, frame_height=height - 2,
                       body='\n'.join(body))


def one_hidden_layer():
    inputs = column(110, 270, 62, [('x', str(i)) for i in range(7)], num_fixed=1)
    hidden = column(380, 270, 84, [('z', str(j)) for j in range(5)], num_fixed=1)
    outputs = column(650, 270, 90, [('ŷ', str(k)) for k in range(1, 4)])
    notes = [label(110, 32, 'input', kind='note'), label(380, 32, 'hidden layer, sigmoid', kind='note'),
             label(650, 32, 'output, softmax', kind='note'),
             label(245, 76, 'weights α', kind='weight'), label(520, 112, 'weights β', kind='weight'),
             label(380, 520, 'grey: fixed to 1, with the biases as the weights of its dashed lines', kind='note')]
    return page('A network with six inputs, four hidden nodes and three outputs; a fixed node for the biases in the '
                'first two layers', 760, 544, layers(inputs, hidden, outputs) + notes)


def two_hidden_nodes():
    inputs = column(110, 150, 84, [('x', str(i)) for i in range(1, 4)])
    hidden = column(370, 150, 110, [('z', '1'), ('z', '2')])
    output = column(630, 150, 0, [('y', '')])
    notes = [label(240, 46, 'w', '1', 'weight'), label(240, 268, 'w', '2', 'weight'),
             label(515, 104, 'v', '1', 'weight'), label(515, 208, 'v', '2', 'weight'),
             label(370, 46, 'sigmoid of z', '1', 'note'), label(370, 262, 'sigmoid of z', '2', 'note')]
    return page('Three inputs, two hidden nodes with weight vectors w1 and w2, one output with weights v1 and v2', 740,
                300, layers(inputs, hidden, output) + notes)


def relu_network():
    inputs = column(110, 140, 120, [('x', '1'), ('x', '2')])
    hidden = column(370, 140, 120, [('h', '1'), ('h', '2')])
    output = column(630, 140, 0, [('ŷ', '')])
    notes = [label(110, 30, 'input', kind='note'), label(370, 30, 'hidden layer, ReLU', kind='note'),
             label(630, 30, 'output, linear', kind='note'),
             label(240, 66, 'W⁽¹⁾, b⁽¹⁾', kind='weight'), label(520, 82, 'w⁽²⁾, b⁽²⁾', kind='weight')]
    return page('Two inputs, two hidden nodes with ReLU, one linear output', 740, 240,
                layers(inputs, hidden, output) + notes)


def digits():
    """One image of each digit, the first of each in train.csv, in two rows; four shades of grey."""
    with np.load(training_data.COMPACT) as arrays:
        pixels, labels = arrays['train_x'].reshape(-1, 28, 28), arrays['train_y']
    scale, gap, shades = 4, 24, ('#c8ccd1', '#8c959f', '#57606a', '#1f2328')
    body = []
    step = 28 * scale + gap
    for digit in range(10):
        image = pixels[np.flatnonzero(labels == digit)[0]] // 52  # 0 for background, 1 to 4 for the shades
        left, top = gap + digit % 5 * step, gap + digit // 5 * step
        for shade, colour in enumerate(shades, start=1):
            runs = ''.join(f'M{left + scale * start} {top + scale * y}h{scale * (end - start)}v{scale}'
                           f'h{-scale * (end - start)}z' for y in range(28) for start, end in _runs(image[y] == shade))
            if runs:
                body.append(f'<path style="fill: {colour}" d="{runs}"/>')
    return page('One image of each digit, 0 to 4 in the first row and 5 to 9 in the second', 5 * step + gap,
                2 * step + gap, body)


def _runs(row):
    """(start, end) of each unbroken stretch of True."""
    changes = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]])))
    return list(zip(changes[::2].tolist(), changes[1::2].tolist()))


FIGURES = {'one_hidden_layer.svg': one_hidden_layer, 'two_hidden_nodes.svg': two_hidden_nodes,
           'relu_network.svg': relu_network, 'digits.svg': digits}


def main():
    for name, draw in FIGURES.items():
        (FOLDER / name).write_bytes(draw().encode('utf-8'))
        print(f'figures/{name}')


if __name__ == '__main__':
    main()
