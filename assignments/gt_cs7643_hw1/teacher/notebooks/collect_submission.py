# %% [markdown]
# # Collect what you hand in
#
# Run `main.ipynb` to the end, answer its questions, and save it. Then run this notebook: it writes `hw1_code.zip`, your
# code, and `hw1_writeup.pdf`, your notebook with no output but its plots. Where this computer cannot make a PDF, it
# writes `hw1_writeup.html`, and says how to turn that into one. (`python3 collect_submission.py` does the same.)

# %%
import os
import sys
from pathlib import Path

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

# %%
import collect_submission

status = collect_submission.main([])
