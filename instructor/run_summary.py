"""Shows what a run of the seven q-scripts came to, from the lines they printed; called by run_all.sh.

    python3 -m instructor.run_summary FOLDER

FOLDER holds q33.log ... q310.log, the output of those scripts that ran through.
"""

import re
import sys
from pathlib import Path

CLAIMED_EPOCHS = 30  # what the assignment says is of runs of so many epochs
RUNS = {
    'q33': 'MLP',
    'q34': 'MLP, dropout 0.5',
    'q35': 'MLP, dropout 0.95',
    'q36': 'MLP without relu',
    'q37': 'CNN',
    'q38': 'CNN, momentum 0.9',
    'q310': 'CNN of two layers, momentum 0.9',
}


def read_log(path):
    """The accuracies that one script printed: {'train': [...], 'val': [...]}, a number an epoch."""
    text = path.read_text(encoding='utf-8')
    return {key: [float(value) for value in re.findall(rf'(?m)^{word} accuracy at epoch \d+ is (\S+)$', text)]
            for key, word in (('train', 'Training'), ('val', 'Validation'))}


def table(records):
    """The lines of a table with the accuracies at the last epoch of each run."""
    lines = [f'{"script":8} {"network":32} {"epochs":>6} {"training":>10} {"validation":>10}']
    for name, network in RUNS.items():
        results = f'{"failed":>6}'
        if name in records:
            train, val = records[name]['train'], records[name]['val']
            results = f'{len(val):6} {train[-1]:10.4f} {val[-1]:10.4f}'
        lines.append(f'{name + ".sh":8} {network:32} {results}')
    return lines


def expectations(records):
    """What the assignment says should be seen: a list of (claim, numbers, whether they bear it out).

    Numbers and verdict are None where a run is missing. "About 0.03" is taken as 0.01 to 0.05.
    """
    train = {name: record['train'][-1] for name, record in records.items()}
    val = {name: record['val'][-1] for name, record in records.items()}
    first = {name: (record['train'][0], record['val'][0]) for name, record in records.items()}
    single = [name for name in RUNS if name != 'q310']

    claims = {
        'dropout 0.5 validates better than none': lambda: (
            f'{val["q34"]:.4f} (q34), {val["q33"]:.4f} (q33)',
            val['q34'] > val['q33']),
        'dropout 0.95 underfits': lambda: (
            f'{train["q35"]:.4f} / {val["q35"]:.4f} (q35), {train["q34"]:.4f} / {val["q34"]:.4f} (q34)',
            train['q35'] < train['q34'] and val['q35'] < val['q34']),
        'without relu validation drops by about 0.03': lambda: (
            f'{val["q33"] - val["q36"]:.4f} (q33 - q36)',
            0.01 <= val['q33'] - val['q36'] <= 0.05),
        'with momentum above 0.94 after epoch 1': lambda: (
            f'{first["q38"][0]:.4f} / {first["q38"][1]:.4f} (q38)',
            min(first['q38']) > 0.94),
        'two convolutional layers validate best': lambda: (
            f'{val["q310"]:.4f} (q310), {max(val[name] for name in single):.4f} (best other)',
            val['q310'] > max(val[name] for name in single)),
    }
    results = []
    for claim, judge in claims.items():
        try:
            results.append((claim, *judge()))
        except KeyError:
            results.append((claim, None, None))
    return results


def main(folder):
    """Print the table and the expectations for the logs in the folder."""
    logs = {name: Path(folder) / f'{name}.log' for name in RUNS}
    records = {name: read_log(path) for name, path in logs.items() if path.exists()}
    print('\n'.join(table(records)))
    if not records:
        return
    if min(len(record['val']) for record in records.values()) < CLAIMED_EPOCHS:
        print(f'\nWhat the assignment says should be seen is not judged: that takes {CLAIMED_EPOCHS} epochs.')
        return
    print(f'\nWhat the assignment says should be seen after {CLAIMED_EPOCHS} epochs (training / validation):')
    for claim, numbers, seen in expectations(records):
        verdict = {True: 'seen', False: 'not seen', None: 'unknown'}[seen]
        print(f'  {verdict:9} {claim}{": " + numbers if numbers else ""}')


if __name__ == '__main__':
    main(sys.argv[1])
