"""Multi-layer perceptron:  linear - relu - dropout - linear - softmax cross-entropy  (784 -> 1000 -> 10).

    python3 dnn_mlp.py --dropout_rate 0.5

writes MLP_lr0.01_m0.0_w0.0_d0.5.json into the current folder; --help lists the options.
"""

# First, so that numpy finds what data_loader.py sets for it: one thread.
from data_loader import DataSplit, data_loader_mnist
from training import Record, Tally, check_options, run_main

import numpy as np

import dnn_misc

DECAY_STEP = 10  # after so many epochs each, the learning rate is multiplied by 0.1


def main(main_params):
    """Train the multi-layer perceptron on the MNIST subset and write its accuracies in each epoch as JSON."""
    check_options(main_params)
    Xtrain, Ytrain, Xvalid, Yvalid, _, _ = data_loader_mnist()
    trainSet = DataSplit(Xtrain, Ytrain)
    valSet = DataSplit(Xvalid, Yvalid)
    record = Record('MLP', main_params, trainSet, valSet)

    minibatch_size = main_params['minibatch_size']
    learning_rate = main_params['learning_rate']
    np.random.seed(main_params['random_seed'])

    # The network: its modules, in order
    model = dict()
    model['L1'] = dnn_misc.linear_layer(input_D=784, output_D=1000)
    model['nonlinear1'] = dnn_misc.relu()
    model['drop1'] = dnn_misc.dropout(r=main_params['dropout_rate'])
    model['L2'] = dnn_misc.linear_layer(input_D=1000, output_D=10)
    model['loss'] = dnn_misc.softmax_cross_entropy()
    momentum = dnn_misc.add_momentum(model)

    for epoch in range(main_params['num_epoch']):
        record.begin_epoch()
        if epoch > 0 and epoch % DECAY_STEP == 0:
            learning_rate = learning_rate * 0.1

        # Training: one pass over the training set, in random order
        for x, y in trainSet.minibatches(minibatch_size, order=np.random.permutation(trainSet.N)):
            a1 = model['L1'].forward(x)
            h1 = model['nonlinear1'].forward(a1)
            d1 = model['drop1'].forward(h1, is_train=True)
            a2 = model['L2'].forward(d1)
            loss = model['loss'].forward(a2, y)

            grad_a2 = model['loss'].backward(a2, y)
            grad_d1 = model['L2'].backward(d1, grad_a2)
            grad_h1 = model['drop1'].backward(h1, grad_d1)
            grad_a1 = model['nonlinear1'].backward(a1, grad_h1)
            model['L1'].backward(x, grad_a1)  # the images are data: no gradient goes further back

            dnn_misc.sgd_update(model, momentum, learning_rate, main_params['alpha'], main_params['lambda'])
            record.step(loss, learning_rate)

        # Training accuracy and loss
        train = Tally()
        for x, y in trainSet.evaluation_batches(minibatch_size):
            a1 = model['L1'].forward(x)
            h1 = model['nonlinear1'].forward(a1)
            d1 = model['drop1'].forward(h1, is_train=False)
            a2 = model['L2'].forward(d1)
            loss = model['loss'].forward(a2, y)
            train.add(a2, y, loss)

        # Validation accuracy
        val = Tally()
        for x, y in valSet.evaluation_batches(minibatch_size):
            a1 = model['L1'].forward(x)
            h1 = model['nonlinear1'].forward(a1)
            d1 = model['drop1'].forward(h1, is_train=False)
            a2 = model['L2'].forward(d1)
            val.add(a2, y)

        record.end_epoch(train, val)

    record.write()


if __name__ == '__main__':
    run_main(main, learning_rate=0.01, dropout_rate=0.0)
