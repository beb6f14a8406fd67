"""TensorFlow: a gradient tape around a function; `tensorflow:graph` traces it to a graph first."""

from functools import lru_cache

import tensorflow as tf

tnp = tf.experimental.numpy
tnp.experimental_enable_numpy_behavior()


def dense(grad):
    """The gradient of a gather comes as the rows that were taken."""
    return tf.convert_to_tensor(grad) if isinstance(grad, tf.IndexedSlices) else grad


def roll(x, shift, axis=None):
    """TensorFlow wants a shift for each axis."""
    many = isinstance(axis, tuple) and isinstance(shift, int)
    return tnp.roll(x, (shift,) * len(axis) if many else shift, axis)


def conv2d(x, w, stride=1, padding=0, dilation=1):
    """TensorFlow has channels last, and a number for each axis; groups it cannot differentiate."""
    step, around, apart = ((n, n) if isinstance(n, int) else n for n in (stride, padding, dilation))
    x, w = tf.transpose(x, (0, 2, 3, 1)), tf.transpose(w, (2, 3, 1, 0))
    wide = [(0, 0), *((n, n) for n in around), (0, 0)]
    return tf.transpose(tf.nn.conv2d(x, w, step, wide, dilations=apart), (0, 3, 1, 2))


class Tensorflow:
    """https://www.tensorflow.org."""

    name, version = "tensorflow", tf.__version__
    namespace, spelling, order = (tf.math, tf.nn, tnp), "numpy", 2
    dtypes = "float64 float32"
    declines = [
        "not supported between instances of 'tuple' and 'int'",  # flip takes one axis
        "Current CPU implementations do not yet support di",  # gradients of a dilated convolution
    ]
    ops = {
        "nn.functional.conv2d": conv2d,
        "var": tf.math.reduce_variance,
        "std": tf.math.reduce_std,
        "special.logsumexp": tf.reduce_logsumexp,
        "roll": roll,
    }

    def value_and_grad(self, f, arrays):
        xs = [tf.convert_to_tensor(array) for array in arrays]
        with tf.GradientTape() as tape:
            tape.watch(xs)
            y = f(*xs)
        # "zero": what does not hang on an input has gradient 0, and theirs is none otherwise.
        return y, [dense(grad) for grad in tape.gradient(y, xs, unconnected_gradients="zero")]

    def gradient(self, f):
        return lambda x: self.value_and_grad(f, [x])[1][0]


@lru_cache(maxsize=1)
def traced(f):
    """Once for a function that is asked for again, as one that is timed is."""
    return tf.function(lambda *xs: Tensorflow().value_and_grad(f, xs))


class Graph(Tensorflow):
    """The same, as a graph."""

    name, slow = "tensorflow:graph", 5  # each program is traced

    def value_and_grad(self, f, arrays):
        return traced(f)(*map(tf.constant, arrays))
