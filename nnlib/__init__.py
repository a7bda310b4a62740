"""nnlib: small neural networks, readable beside their derivation and compiled by Numba.

>>> import nnlib as nn
>>> X, T = nn.data.xor()
>>> net = nn.mlp([2, 4, 1], hidden="tanh", output="sigmoid")
>>> run = nn.train(net, nn.initialize(net), X, T, loss="bce", optimizer=nn.adam(0.05), epochs=500)
>>> nn.predict(net, run.theta, X)
array([0, 1, 1, 0])
"""

from . import activations, data, optimizers, schedules
from .architecture import Net, mlp, pack, unpack
from .gradcheck import GradientReport, gradient_check, numerical_gradient
from .initializers import initialize
from .losses import loss_value
from .network import Trace, backprop, forward, predict, trace
from .optimizers import *  # noqa: F403 - every optimizer of its rows, and nothing else
from .storage import load, save
from .training import History, train

__version__ = "0.1.0"
__all__ = [
    *optimizers.BY_NAME,
    "GradientReport",
    "History",
    "Net",
    "Trace",
    "activations",
    "backprop",
    "data",
    "forward",
    "gradient_check",
    "initialize",
    "load",
    "loss_value",
    "mlp",
    "numerical_gradient",
    "optimizers",
    "pack",
    "predict",
    "save",
    "schedules",
    "trace",
    "train",
    "unpack",
]
