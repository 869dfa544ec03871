"""Draw the figure of ASSIGNMENT.md, figures/learning_curves.svg: an example of learning curves.

    python3 -m assignments.gt_cs7643_hw1.teacher.make_figures

The network is one that students are not asked for: two layers on the small data, with a learning rate and a number of
hidden units of its own. Run it in the folder of the whole project; a few seconds.
"""

import random
import sys

from assignments.gt_cs7643_hw1 import mnist_csv

FOLDER = mnist_csv.FOLDER.parent
if str(FOLDER) not in sys.path:
    sys.path.append(str(FOLDER))

from models import TwoLayerNet
from optimizer import SGD
from utils import evaluate, generate_batched_data, load_csv, train

EPOCHS = 20
WIDTH, HEIGHT, LEFT, TOP = 300, 200, 60, 46  # of a panel; its distance from the left of its half, and from the top
HALF = 400
COLOURS = {'training': '#0b5cad', 'validation': '#c2571a'}

PAGE = '''<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" \
role="img" aria-labelledby="title">
<title id="title">Learning curves: loss and accuracy after each epoch, for training and validation</title>
<style>
  text {{ font-family: Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; font-size: 14px; fill: #1f2328; \
text-anchor: middle; }}
  .end {{ text-anchor: end; }}
  .start {{ text-anchor: start; }}
  polyline {{ fill: none; stroke-width: 2; }}
  line {{ stroke: #d0d7de; }}
</style>
<rect x="1" y="1" width="{frame_width}" height="{frame_height}" rx="8" fill="#ffffff" stroke="#d0d7de" \
stroke-width="2"/>
{body}
</svg>
'''


def histories():
    """{'loss' or 'accuracy': {'training': a number per epoch, 'validation': ...}}."""
    data, labels = load_csv(mnist_csv.small_csv_path('train'))
    num_train = len(data) * 4 // 5
    validation = generate_batched_data(data[num_train:], labels[num_train:], 50)
    model, optimizer = TwoLayerNet(hidden_size=40), SGD(learning_rate=0.4, reg=0.0005)
    curves = {'loss': {'training': [], 'validation': []}, 'accuracy': {'training': [], 'validation': []}}
    random.seed(7)
    for epoch in range(EPOCHS):
        batches = generate_batched_data(data[:num_train], labels[:num_train], 50, shuffle=True)
        found = {'training': train(epoch, *batches, model, optimizer, debug=False),
                 'validation': evaluate(*validation, model, debug=False)}
        for name, numbers in found.items():
            for what, number in zip(curves, numbers):
                curves[what][name].append(float(number))
    return curves


def panel(what, curves, left, highest):
    """The lines of one panel: axes, marks, two curves. left: of its half; highest: the number at the top."""
    x0, y0 = left + LEFT, TOP + HEIGHT
    lines = [f'<text x="{x0 + WIDTH / 2:g}" y="28">{what.capitalize()} after each epoch</text>']
    for step in range(6):
        y = y0 - HEIGHT * step / 5
        lines.append(f'<line x1="{x0}" y1="{y:g}" x2="{x0 + WIDTH}" y2="{y:g}"/>')
        lines.append(f'<text class="end" x="{x0 - 8}" y="{y + 5:g}">{highest * step / 5:.1f}</text>')
    for epoch in (1, 5, 10, 15, 20):
        lines.append(f'<text x="{x_of(epoch, x0):g}" y="{y0 + 20}">{epoch}</text>')
    lines.append(f'<text x="{x0 + WIDTH / 2:g}" y="{y0 + 42}">epoch</text>')
    for number, (name, values) in enumerate(curves.items()):
        points = ' '.join(f'{x_of(epoch, x0):.1f},{y0 - HEIGHT * value / highest:.1f}'
                          for epoch, value in enumerate(values, start=1))
        lines.append(f'<polyline points="{points}" stroke="{COLOURS[name]}"/>')
        y = TOP + 20 * (number + 1) if what == 'loss' else y0 - 50 + 20 * (number + 1)
        x = x0 + WIDTH - 110
        lines.append(f'<line x1="{x}" y1="{y - 5}" x2="{x + 22}" y2="{y - 5}" style="stroke: {COLOURS[name]}; '
                     'stroke-width: 2"/>')
        lines.append(f'<text class="start" x="{x + 28}" y="{y}">{name}</text>')
    return lines


def x_of(epoch, x0):
    return x0 + 10 + (WIDTH - 20) * (epoch - 1) / (EPOCHS - 1)


def figure():
    """The figure, as text."""
    curves = histories()
    body = panel('loss', curves['loss'], 0, 2.5) + panel('accuracy', curves['accuracy'], HALF, 1.0)
    width, height = 2 * HALF, TOP + HEIGHT + 60
    return PAGE.format(width=width, height=height, frame_width=width - 2, frame_height=height - 2, body='\n'.join(body))


def main():
    path = FOLDER / 'figures' / 'learning_curves.svg'
    path.write_text(figure(), encoding='utf-8')
    print(path)
    return 0


if __name__ == '__main__':
    sys.exit(main())
