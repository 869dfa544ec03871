"""Stands in for a student's dcn_monitor.py when the network is judged apart from it: the same names, nothing behind."""


class DivergedError(ValueError):
    pass


def statistics(tensor):
    return {}


def parameters(net):
    return {}


class Monitor:
    def __init__(self, folder, checkpoint=None, has_statistics=True):
        self.step, self.losses = 0, []

    def iteration(self, net, loss, terms):
        self.step += 1

    def write_statistics(self, terms):
        pass

    def errors(self, **errors):
        pass

    def flush(self):
        pass

    def close(self):
        pass
