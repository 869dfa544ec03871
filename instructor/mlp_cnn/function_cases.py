"""The inputs on which the five functions are judged: other ones for each submission, and the same ones every time.

A Case has a role: 'forward' for dropout's given forward, which must draw as it was handed out; 'hint' if a wrong
result is not a mistake, but worth a hint.
"""
import hashlib
from dataclasses import replace

import numpy as np

from checking import AGAIN
from instructor.judges.cases import RETURNED, Call, Case, Draw
from instructor.mlp_cnn.function_rules import STORED, Comparison, reconsider
from known_mistakes import NOT_DROPPED, SHARED

__all__ = ['Comparison', 'draw', 'reconsider']


class _Cases:
    """Cases and their inputs, as they are put together."""

    def __init__(self, function, random):
        self.class_name, self.method = function.split('.')
        self.results = (*STORED, RETURNED) if function == 'linear_layer.backward' else (RETURNED,)
        self.random, self.draw = random, Draw()
        self.new = self.draw.add_input

    def numbers(self, *shape):
        """Numbers of both signs and of all sizes from 0.001 to 300, none of them 0."""
        return self.new(self.random.choice([-1.0, 1.0], shape) * 10 ** self.random.uniform(-3, 2.5, shape))

    def call(self, module, arguments, method=None, settings=None, params=None, judged=True, about='', hint=None,
             seed=None, options=None, role=''):
        named = {**dict(zip(('X', 'grad'), arguments)), **(params or {})}
        call = Call(named, 'call_method', {
            'object': module, 'class_name': self.class_name, 'settings': settings, 'method': method or self.method,
            'seed': seed, 'options': options})
        self.draw.cases.append(Case(call, self.results if judged else (), about, hint, role=role))

    def twice(self, *arguments, before=lambda: None, **options):
        """A call, and the same once more: nothing may add up. before: makes the calls that precede each of them."""
        before()
        self.call(*arguments, **options)
        before()
        self.call(*arguments, **{**options, 'hint': options.get('hint') or AGAIN})


def draw(function, digest, after_forward=True, set_mask=False):
    """The Draw for a function, such as 'relu.forward'.

    digest: of the submission, from which the numbers follow. after_forward: False leaves out the call of forward
    before backward, for a forward that never returns; the master's code finds self.mask as forward should have stored
    it. set_mask: whether the student's finds it too.
    """
    seed = hashlib.sha256(f'{function} {digest}'.encode()).digest()
    cases = _Cases(function, np.random.RandomState(np.frombuffer(seed, dtype=np.uint32)))
    _DRAW[function](cases, after_forward)
    found = cases.draw
    if function == 'relu.backward' and (set_mask or not after_forward):
        masks: dict[str, str] = {}
        for number, case in enumerate(found.cases):
            X = case.call.arguments['X']
            masks.setdefault(X, found.add_input(found.inputs[X] > 0))
            with_mask = replace(case.call, arguments={**case.call.arguments, 'mask': masks[X]})
            if case.results:
                own = with_mask if set_mask else case.call
                found.cases[number] = replace(case, call=own, asked=with_mask)
    return found


def _linear(cases, after_forward):
    size = cases.random.randint
    shapes = [(size(45, 60), 5, 3), (1, size(6, 9), size(2, 5)), (size(3, 5), 2, size(30, 40)),
              (6, 4, 4), (size(7, 10), 1, 1)]  # N, D and K: tall, one example, wide, square, single numbers
    for number, (N, D, K) in enumerate(shapes):
        module, other, settings = f'layer{number}', f'other layer{number}', {'input_D': int(D), 'output_D': int(K)}
        for again in ('', ', the second mini-batch'):  # with other W and b, as after an update
            params = {key: cases.new(cases.random.uniform(-2, 2, shape))
                      for key, shape in (('W', (D, K)), ('b', (1, K)))}
            options = {'settings': settings, 'params': params}
            X, grad = cases.new(cases.random.uniform(-3, 3, (N, D))), cases.new(cases.random.uniform(-3, 3, (N, K)))
            longer = cases.new(cases.random.uniform(-3, 3, (N + 2, D)))

            def forward():
                if after_forward:
                    cases.call(module, [X], method='forward', judged=False, **options)
                    cases.call(other, [longer], method='forward', judged=False, settings=settings)

            if cases.method == 'forward':
                cases.twice(module, [X], about=again, **options)
                cases.call(module, [longer], about=f', after one of {(int(N), int(D))}', **options)
            else:
                cases.twice(module, [X, grad], before=forward, about=again, **options)


def _shapes(random):
    return [(random.randint(50, 70), 3), (1, random.randint(20, 30)), (3, random.randint(40, 50)), (7, 1),
            (2, 3, random.randint(3, 6), 4), (1, 2, 5, 3)]


def _relu(cases, after_forward):
    for shape in [shape for shape in _shapes(cases.random) for _ in range(2)]:  # two mini-batches of each
        X = cases.numbers(*shape)

        def forward():
            if after_forward:
                cases.call('relu', [X], method='forward', judged=False)

        if cases.method == 'forward':
            cases.twice('relu', [X])
        else:
            cases.twice('relu', [X, cases.numbers(*shape)], before=forward)
    if cases.method == 'backward':
        X, other, grad = (cases.numbers(3, 4, 2, 5) for _ in range(3))
        if after_forward:
            cases.call('relu', [X], method='forward', judged=False)
            cases.call('another relu', [other], method='forward', judged=False)
        cases.call('relu', [X, grad], hint=SHARED)


def _dropout(cases, _):
    rates = [0.0, *(float(rate) for rate in cases.random.choice(range(15, 86), 3, replace=False) / 100)]
    for r in rates:
        options = {'settings': {'r': r}, 'about': f', r = {r}'}
        for shape in [shape for shape in _shapes(cases.random) for _ in range(2)]:
            X, grad = cases.numbers(*shape), cases.numbers(*shape)
            seed = int(cases.random.randint(2 ** 31))

            def forward():
                cases.call(f'dropout{r}', [X], 'forward', seed=seed, role='forward',
                           **{**options, 'options': {'is_train': True}})

            cases.twice(f'dropout{r}', [X, grad], before=forward, **options)
    # After all that counts: no main has backward called after a forward in testing.
    cases.call(f'dropout{r}', [X], 'forward', judged=False, **{**options, 'options': {'is_train': False}})
    cases.call(f'dropout{r}', [X, grad], judged=False, hint=NOT_DROPPED, role='hint', **options)


_DRAW = {'linear_layer.forward': _linear, 'linear_layer.backward': _linear, 'relu.forward': _relu,
         'relu.backward': _relu, 'dropout.backward': _dropout}
