"""The experiments of Section 5: trainings that differ in one setting, as a table and as a picture."""

import matplotlib.pyplot as plt

from training_loop import train_model, with_values


def try_values(setting, values, config, dataset):
    """Train once for each value of a setting, such as 'learning_rate'; all other settings are those of config.

    Returns {value: Results}, in the order of the values.
    """
    results = {}
    for value in values:
        changed = with_values(config, {setting: value})
        changed['Train']['debug'] = False
        results[value] = train_model(changed, dataset)
        print(f'{setting} {value}: validation accuracy {results[value].valid_acc_history[-1]:.4f}', flush=True)
    return results


def table(setting, results):
    """The accuracies of trainings, a row for each, as text. results: {value: Results}.

    Training and validation: after the last epoch; test: of the model that was best on the validation data.
    """
    width = max(len(str(value)) for value in [setting, *results])
    lines = [f'{setting:>{width}}  training  validation    test']
    for value, result in results.items():
        shares = result.train_acc_history[-1], result.valid_acc_history[-1], result.test_acc
        lines.append(f'{value!s:>{width}}  {shares[0]:8.4f}  {shares[1]:10.4f}  {shares[2]:.4f}')
    return '\n'.join(lines)


def plot(setting, results):
    """Draw the learning curves of trainings, a colour for each: losses and accuracies. Returns the figure."""
    figure, panels = plt.subplots(1, 2, figsize=(12, 4.5), layout='constrained')
    for axes, what, (of_training, of_validation) in zip(panels, ('loss', 'accuracy'), ((0, 2), (1, 3))):
        for number, (value, result) in enumerate(results.items()):
            epochs = range(1, len(result.histories[of_training]) + 1)
            style = {'color': f'C{number}', 'marker': '.'}
            axes.plot(epochs, result.histories[of_training], label=f'{setting} {value}', **style)
            axes.plot(epochs, result.histories[of_validation], linestyle='--', **style)
        axes.set(title=f'{what.capitalize()} (solid: training, dashed: validation)', xlabel='epoch', ylabel=what)
        axes.grid(alpha=0.3)
    panels[0].legend()
    return figure
