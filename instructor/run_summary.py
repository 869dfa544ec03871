"""Shows what a run of the q-scripts came to, from the lines they printed; called by run_all.sh.

    python3 -m instructor.run_summary [FOLDER]

FOLDER holds q33.log ... q310.log, the output of those scripts that ran through. Without FOLDER the names of the runs
are printed, the last question first: the later networks take longer. Needs nothing but Python.
"""

import re
import sys
from pathlib import Path

from instructor.assignment import ROOT, build_assignment
from instructor.claims import look_for


def read_log(path):
    """The accuracies that one script printed: {'train': [...], 'val': [...]}, a number an epoch."""
    text = path.read_text(encoding='utf-8')
    return {key: [float(value) for value in re.findall(rf'(?m)^{word} accuracy at epoch \d+ is (\S+)$', text)]
            for key, word in (('train', 'Training'), ('val', 'Validation'))}


def table(runs, records):
    """The lines of a table with the accuracies at the last epoch of each run; runs: name -> Run."""
    lines = [f'{"script":8} {"network":32} {"epochs":>6} {"training":>10} {"validation":>10}']
    for name, run in runs.items():
        results = f'{"failed":>6}'
        if name in records:
            train, val = records[name]['train'], records[name]['val']
            results = f'{len(val):6} {train[-1]:10.4f} {val[-1]:10.4f}'
        lines.append(f'{run.script:8} {run.network:32} {results}')
    return lines


def main(folder):
    """Print the table for the logs in the folder, and what is seen of what the assignment says should be."""
    assignment = build_assignment(ROOT / 'assignment.json')
    logs = {name: Path(folder) / f'{name}.log' for name in assignment.runs}
    records = {name: read_log(path) for name, path in logs.items() if path.exists()}
    print('\n'.join(table(assignment.runs, records)))
    if not records:
        return
    epochs = assignment.epochs
    if min(len(record['val']) for record in records.values()) < epochs:
        print(f'\nWhat the assignment says should be seen is not judged: that takes {epochs} epochs.')
        return
    print(f'\nWhat the assignment says should be seen after {epochs} epochs (training / validation):')
    for claim in assignment.claims:
        numbers, seen = look_for(claim, records)
        verdict = {True: 'seen', False: 'not seen', None: 'unknown'}[seen]
        print(f'  {verdict:9} {claim.text}{": " + numbers if numbers else ""}')


if __name__ == '__main__':
    if sys.argv[1:]:
        main(sys.argv[1])
    else:
        print(*reversed(build_assignment(ROOT / 'assignment.json').runs))
