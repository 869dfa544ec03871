"""In the child: how the functions of dnn_misc.py are called. All of it reaches the student's code: no answers here.

The form of an exercise is that of workers/call_functions.py.
"""
import numpy as np

_array, _seed, _dict = np.array, np.random.seed, dict  # numpy's own: the student's code may change its names
_get_state, _set_state = np.random.get_state, np.random.set_state


def call_method(modules, kept, results, X, grad=None, W=None, b=None, mask=None, *, object, class_name, method,
                settings=None, seed=None, options=None):
    """Call forward or backward of a module, which is made with these settings when it is first named.

    object: what the module is known by from call to call. W, b: set before the call, as an update does; mask: likewise,
    if it is given. seed: of numpy's global random numbers, likewise. options: keyword arguments of the method.
    """
    arguments = [X] if grad is None else [X, grad]
    module = kept.get(object)
    params = {key: array for key, array in (('W', W), ('b', b)) if array is not None}
    earlier = kept.get(f'X of {object}')
    if earlier is not None:
        results['X of the last call, before'] = _array(earlier)
    try:
        if module is None:
            drawn = _get_state()
            module = kept[object] = getattr(modules['dnn_misc'], class_name)(**settings or {})
            _set_state(drawn)  # what the layer is made with is none of the method's doing
            kept[f'unused {object}'] = _dict(getattr(module, '__dict__', {}))
        for key, array in params.items():  # in place, as sgd_update does
            module.params[key][...] = array
        if mask is not None:
            module.mask = mask
        if seed is not None:
            _seed(seed)
        results['returned value'] = getattr(module, method)(*arguments, **options or {})
    finally:
        if earlier is not None:
            results['X of the last call, after'] = earlier
        kept[f'X of {object}'] = X
        for kind in ('params', 'gradient'):
            stored = getattr(module, kind, None)
            if isinstance(stored, _dict):
                results.update((f"{kind}['{key}']", stored.get(key)) for key in params)
        results['self.mask'] = getattr(module, 'mask', None)
        now, before = getattr(module, '__dict__', {}), kept.get(f'unused {object}', {})
        results['stores something'] = any(before.get(key) is not value for key, value in now.items()) or None
