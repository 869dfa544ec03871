"""Section 1."""

import unittest

from utils import generate_batched_data, load_mnist_trainval


class TestLoading(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.train_data, cls.train_label, cls.val_data, cls.val_label = load_mnist_trainval()

    def test_load_mnist(self):
        self.assertEqual(len(self.train_data), len(self.train_label))
        self.assertEqual(len(self.val_data), len(self.val_label))
        self.assertEqual(len(self.train_data), 4 * len(self.val_data))
        for images in (self.train_data, self.train_label, self.val_data, self.val_label):
            self.assertIsInstance(images, list)
        for images, labels in ((self.train_data, self.train_label), (self.val_data, self.val_label)):
            self.assertEqual({len(image) for image in images}, {784})
            self.assertEqual({type(label) for label in labels}, {int})

    def test_generate_batch(self):
        batch_size = 128
        batches, labels = generate_batched_data(self.val_data, self.val_label, batch_size)
        self.assertEqual(len(batches), -(-len(self.val_data) // batch_size))
        self.assertEqual(len(labels), len(batches))
        for batch, label in zip(batches[:-1], labels[:-1]):
            self.assertEqual(batch.shape, (batch_size, 784))
            self.assertEqual(label.shape, (batch_size,))


if __name__ == '__main__':
    unittest.main()
