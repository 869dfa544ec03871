"""Train the five networks of Section 5.6, and compare their accuracies with those of experiments.json.

    python3 assignments/cmu_10701_hw3/teacher/check_experiments.py

Exit status: 0 if all ten are equal, 1 if not. Half a minute on one core.
"""

import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER))

import run_experiments  # noqa: E402

ACCURACIES = 'train_accuracy', 'test_accuracy'


def differences(results, reference):
    """Which of the two accuracies after the last epoch differ, as lines. reference: {'train_accuracy': ..., ...}."""
    return [f'{name} is {results[name][-1]}, expected {reference[name]}' for name in ACCURACIES
            if abs(results[name][-1] - reference[name]) > 1e-9]


def main():
    reference = json.loads((FOLDER / 'teacher' / 'experiments.json').read_text(encoding='utf-8'))
    dataset, num_wrong = run_experiments.load_data(), 0
    print(run_experiments.HEADING, flush=True)
    for experiment in run_experiments.EXPERIMENTS:
        results = run_experiments.run(experiment, dataset)
        print(run_experiments.row(experiment, results), flush=True)
        for line in differences(results, reference[experiment.name]):
            num_wrong += 1
            print(f'     WRONG: {line}', flush=True)
    num_checked = len(ACCURACIES) * len(run_experiments.EXPERIMENTS)
    print(f'{num_checked - num_wrong} of {num_checked} accuracies are as expected')
    return 1 if num_wrong else 0


if __name__ == '__main__':
    sys.exit(main())
