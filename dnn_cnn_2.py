"""Convolutional network with two conv layers:  (conv - relu - max pool) twice - flatten - dropout - linear - loss.

    python3 dnn_cnn_2.py --alpha 0.9

writes CNN2_lr0.001_m0.9_w0.0_d0.5.json into the current folder; --help lists the options.
"""

# First, so that numpy finds what data_loader.py sets for it: one thread.
from data_loader import DataSplit, data_loader_mnist
from training import Record, Tally, check_options, run_main

import numpy as np

import dnn_misc

DECAY_STEP = 30  # after so many epochs each, the learning rate is multiplied by 0.1


def main(main_params):
    """Train the network with two conv layers on the MNIST subset and write its accuracies in each epoch as JSON."""
    check_options(main_params)
    Xtrain, Ytrain, Xvalid, Yvalid, _, _ = data_loader_mnist()
    trainSet = DataSplit(Xtrain.reshape(-1, 1, 28, 28), Ytrain)
    valSet = DataSplit(Xvalid.reshape(-1, 1, 28, 28), Yvalid)
    record = Record('CNN2', main_params, trainSet, valSet)

    minibatch_size = main_params['minibatch_size']
    learning_rate = main_params['learning_rate']
    np.random.seed(main_params['random_seed'])

    # The network: its modules, in order
    model = dict()
    model['C1'] = dnn_misc.conv_layer(num_input=1, num_output=25, filter_len=5, stride=1)  # N x 25 x 28 x 28
    model['nonlinear1'] = dnn_misc.relu()
    model['M1'] = dnn_misc.max_pool(max_len=2, stride=2)  # N x 25 x 14 x 14

    # TODO (1): create C2 (25 filters of 3 x 3, stride 1), nonlinear2 (relu) and M2 (2 x 2, stride 2), like C1,
    # nonlinear1 and M1 above; the output of M2 is N x 25 x 7 x 7.
    ### BEGIN SOLUTION
    model['C2'] = dnn_misc.conv_layer(num_input=25, num_output=25, filter_len=3, stride=1)
    model['nonlinear2'] = dnn_misc.relu()
    model['M2'] = dnn_misc.max_pool(max_len=2, stride=2)
    ### END SOLUTION

    model['F1'] = dnn_misc.flatten_layer()  # N x 1225
    model['drop1'] = dnn_misc.dropout(r=main_params['dropout_rate'])
    model['L1'] = dnn_misc.linear_layer(input_D=1225, output_D=10)
    model['loss'] = dnn_misc.softmax_cross_entropy()
    momentum = dnn_misc.add_momentum(model)

    for epoch in range(main_params['num_epoch']):
        record.begin_epoch()
        if epoch > 0 and epoch % DECAY_STEP == 0:
            learning_rate = learning_rate * 0.1

        # Training: one pass over the training set, in random order
        for x, y in trainSet.minibatches(minibatch_size, order=np.random.permutation(trainSet.N)):
            c1 = model['C1'].forward(x)
            h1 = model['nonlinear1'].forward(c1)
            m1 = model['M1'].forward(h1)

            # TODO (2): connect C2, nonlinear2 and M2 in the forward pass; name their outputs c2, h2 and m2.
            ### BEGIN SOLUTION
            c2 = model['C2'].forward(m1)
            h2 = model['nonlinear2'].forward(c2)
            m2 = model['M2'].forward(h2)
            ### END SOLUTION

            f1 = model['F1'].forward(m2)
            d1 = model['drop1'].forward(f1, is_train=True)
            a1 = model['L1'].forward(d1)
            loss = model['loss'].forward(a1, y)

            grad_a1 = model['loss'].backward(a1, y)
            grad_d1 = model['L1'].backward(d1, grad_a1)
            grad_f1 = model['drop1'].backward(f1, grad_d1)
            grad_m2 = model['F1'].backward(m2, grad_f1)

            # TODO (3): go back through M2, nonlinear2 and C2; name the gradients grad_h2, grad_c2 and grad_m1.
            ### BEGIN SOLUTION
            grad_h2 = model['M2'].backward(h2, grad_m2)
            grad_c2 = model['nonlinear2'].backward(c2, grad_h2)
            grad_m1 = model['C2'].backward(m1, grad_c2)
            ### END SOLUTION

            grad_h1 = model['M1'].backward(h1, grad_m1)
            grad_c1 = model['nonlinear1'].backward(c1, grad_h1)
            model['C1'].backward(x, grad_c1, need_dX=False)  # the images are data: no gradient goes further back

            dnn_misc.sgd_update(model, momentum, learning_rate, main_params['alpha'], main_params['lambda'])
            record.step(loss, learning_rate)

        # Training accuracy and loss
        train = Tally()
        for x, y in trainSet.evaluation_batches(minibatch_size):
            c1 = model['C1'].forward(x)
            h1 = model['nonlinear1'].forward(c1)
            m1 = model['M1'].forward(h1)

            # TODO (4): connect C2, nonlinear2 and M2 here as well; name their outputs c2, h2 and m2.
            ### BEGIN SOLUTION
            c2 = model['C2'].forward(m1)
            h2 = model['nonlinear2'].forward(c2)
            m2 = model['M2'].forward(h2)
            ### END SOLUTION

            f1 = model['F1'].forward(m2)
            d1 = model['drop1'].forward(f1, is_train=False)
            a1 = model['L1'].forward(d1)
            loss = model['loss'].forward(a1, y)
            train.add(a1, y, loss)

        # Validation accuracy
        val = Tally()
        for x, y in valSet.evaluation_batches(minibatch_size):
            c1 = model['C1'].forward(x)
            h1 = model['nonlinear1'].forward(c1)
            m1 = model['M1'].forward(h1)

            # TODO (5): connect C2, nonlinear2 and M2 here as well; name their outputs c2, h2 and m2.
            ### BEGIN SOLUTION
            c2 = model['C2'].forward(m1)
            h2 = model['nonlinear2'].forward(c2)
            m2 = model['M2'].forward(h2)
            ### END SOLUTION

            f1 = model['F1'].forward(m2)
            d1 = model['drop1'].forward(f1, is_train=False)
            a1 = model['L1'].forward(d1)
            val.add(a1, y)

        record.end_epoch(train, val)

    record.write()


if __name__ == '__main__':
    run_main(main, learning_rate=0.001, dropout_rate=0.5)
