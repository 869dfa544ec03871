# %% [markdown]
# # Homework 1: from data to learning curves
#
# **Your name:**
#
# **Collaborators:**
#
# `ASSIGNMENT.md` says what to do; this notebook takes you through it, from top to bottom. The code that you write is in
# `utils.py`, `models/` and `optimizer/`: edit the files, then run the cells again (changed files are read anew).

# %% [markdown]
# ## Set-up
#
# **Cell 1** finds out where the notebook runs. On your own computer there is nothing to do. In Google Colab it asks for
# access to your Google Drive: put the folder of this homework there, and its path into `FOLDER_IN_DRIVE`.

# %%
import os
import sys
from pathlib import Path

from IPython import get_ipython

FOLDER_IN_DRIVE = 'Colab Notebooks/hw1'

try:
    from google.colab import drive
except ImportError:
    drive = None

if drive and not Path('utils.py').is_file():
    drive.mount('/content/drive')
    folder = Path('/content/drive/MyDrive', FOLDER_IN_DRIVE)
    if not (folder / 'utils.py').is_file():
        raise FileNotFoundError(f'{folder} does not hold utils.py and the other files: correct FOLDER_IN_DRIVE')
    os.chdir(folder)
if not Path('utils.py').is_file():
    raise FileNotFoundError(f'{Path.cwd()} does not hold utils.py: open this notebook in the folder of the homework')
if os.getcwd() not in sys.path:
    sys.path.insert(0, os.getcwd())

os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')  # before numpy is imported: small matrices are faster on one thread
if get_ipython():
    get_ipython().run_line_magic('load_ext', 'autoreload')
    get_ipython().run_line_magic('autoreload', '2')  # read changed files anew

QUICK = bool(os.environ.get('HW1_QUICK'))  # set it to 1 for a quick trial: no download, one epoch for each training
print(f'{"Google Colab" if drive else "Jupyter"}, in {Path.cwd()}' + (', quick trial' if QUICK else ''))

# %% [markdown]
# **Cell 2** gets the data: all of MNIST. Where that cannot be had, it says why, and all else works with a small part of
# it; your results will then be worse than those that the text speaks of.

# %%
import get_data
import mnist_csv

if not QUICK:
    get_data.main([])
print(mnist_csv.which_data())

# %% [markdown]
# ## Tests
#
# **Cell 3** runs the public tests. While you are working on a part, name only its test in `TESTS`.

# %%
import subprocess

TESTS = ['test_loading', 'test_activation', 'test_loss', 'test_network', 'test_training']

for test in TESTS:
    done = subprocess.run([sys.executable, '-m', 'unittest', f'tests.{test}'], capture_output=True, text=True)
    print(f'{test}: {"passed" if done.returncode == 0 else "FAILED"}', done.stdout + done.stderr, sep='\n')

# %% [markdown]
# ## Training
#
# **Cell 4** loads the data once, for all that follows.

# %%
from training_loop import load_dataset, read_config, train_model, with_values
from utils import plot_curves


def settings(name):
    """The settings in a file of configs/; for a quick trial, with one epoch."""
    config = read_config(f'configs/{name}.yaml')
    return with_values(config, {'epochs': 1}) if QUICK else config


dataset = load_dataset()
print(f'{len(dataset.train_data)} images for training, {len(dataset.val_data)} for validation, '
      f'{len(dataset.test_data)} for testing')

# %% [markdown]
# ### Softmax regression
#
# **Cells 5 and 6** train it with the settings in `configs/config_softmax.yaml`, and show its learning curves.

# %%
softmax = train_model(settings('config_softmax'), dataset)

# %%
plot_curves(*softmax.histories)

# %% [markdown]
# ### The two-layer network
#
# **Cells 7 and 8** do the same with `configs/config_twolayer.yaml`.

# %%
two_layer = train_model(settings('config_twolayer'), dataset)

# %%
plot_curves(*two_layer.histories)

# %% [markdown]
# # Write-up: experiments
#
# All of them train the two-layer network with the settings in `configs/config_exp.yaml`, of which each experiment
# changes one. Leave the others as they are.
#
# ## (a) Learning rate
#
# **Cells 9 and 10** try learning rates.

# %%
from experiments import plot, table, try_values

of_learning_rates = try_values('learning_rate', [1, 0.1, 0.01, 0.05], settings('config_exp'), dataset)
print(table('learning_rate', of_learning_rates))

# %%
figure = plot('learning_rate', of_learning_rates)

# %% [markdown]
# What does the learning rate change, and why? Describe what you expected, what you see, and explain it with what you
# know of gradient descent. (If you need more than one cell for an answer, put new ones right below this one.)
#
# **Your answer:**

# %% [markdown]
# ## (b) Regularization
#
# **Cells 11 and 12** try coefficients of the regularization.

# %%
of_regularization = try_values('reg', [0.1, 0.01, 0.001, 0.0001, 1], settings('config_exp'), dataset)
print(table('reg', of_regularization))

# %%
figure = plot('reg', of_regularization)

# %% [markdown]
# What does the coefficient change, and why? Describe what you expected, what you see, and explain it.
#
# **Your answer:**

# %% [markdown]
# ## (c) Your best settings
#
# **Cells 13 and 14** train once for each entry of `MY_TRIALS`: write there which settings to change, of
# `learning_rate`, `reg`, `batch_size`, `epochs` and `hidden_size`. What an entry does not name stays as it is in
# `configs/config_exp.yaml`. Choose by the accuracy on the **validation** data; the test data are for the end.

# %%
MY_TRIALS = [{'learning_rate': 0.1, 'hidden_size': 128}]

trials = {}
for values in MY_TRIALS:
    trials[str(values)] = train_model(with_values(settings('config_exp'), {**values, 'debug': False}), dataset)
print(table('trial', trials))

# %%
best = max(trials, key=lambda name: max(trials[name].valid_acc_history))
print(f'best on the validation data: {best}')
plot_curves(*trials[best].histories)

# %% [markdown]
# Which settings do you choose, and why? Explain how you looked for them, and what you expected of each change.
#
# **Your answer:**
