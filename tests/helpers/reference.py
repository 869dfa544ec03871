"""The records of the main assignment's reference: their folder, some of their names, what they hold."""

import json
from pathlib import Path

import plot_curves
from tests.helpers import ROOT

REFERENCE = ROOT / 'instructor' / 'mlp_cnn' / 'reference'
MLP, MLP_DROPOUT, LR = ('MLP_lr0.01_m0.0_w0.0_d0.0.json', 'MLP_lr0.01_m0.0_w0.0_d0.5.json',
                        'LR_lr0.01_m0.0_w0.0_d0.0.json')
CNN2 = 'CNN2_lr0.001_m0.9_w0.0_d0.5.json'


def reference_records():
    return {Path(name): plot_curves.read_record(REFERENCE / name) for name in plot_curves.RUNS}


def write_record(path, train, val):
    path.write_text(json.dumps({'train': train, 'val': val}))
    return path
