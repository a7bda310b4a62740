"""The naive twin: a network neuron by neuron, in plain Python, from the definitions. Easy to believe.

Layers are lists of (W, b), W[i][j] going from unit i to unit j. Nothing here imports nnlib.
"""

import collections
import math

ACTIVATIONS = {}  # name → g(z), and g'(z) from z (not from h)
ACTIVATIONS["identity"] = lambda z: z, lambda z: 1.0
ACTIVATIONS["sigmoid"] = lambda z: 1 / (1 + math.exp(-z)), lambda z: math.exp(-z) / (1 + math.exp(-z)) ** 2
ACTIVATIONS["tanh"] = math.tanh, lambda z: 1 / math.cosh(z) ** 2
ACTIVATIONS["relu"] = lambda z: max(0.0, z), lambda z: 1.0 if z > 0 else 0.0
ACTIVATIONS["leaky_relu"] = lambda z: z if z > 0 else 0.01 * z, lambda z: 1.0 if z > 0 else 0.01
ACTIVATIONS["step"] = lambda z: 1.0 if z >= 0 else 0.0, lambda z: 0.0


def activation(name, z):
    """The outputs of one layer of one sample."""
    if name == "softmax":
        top = max(z)
        e = [math.exp(x - top) for x in z]
        return [x / sum(e) for x in e]
    g, _ = ACTIVATIONS[name]
    return [g(x) for x in z]


def derivative(name, z):
    """The matrix ∂h_j/∂z_k of one layer of one sample, from z (not from h)."""
    n = len(z)
    if name == "softmax":
        y = activation(name, z)
        return [[y[j] * ((j == k) - y[k]) for k in range(n)] for j in range(n)]
    _, d = ACTIVATIONS[name]
    return [[d(z[j]) if j == k else 0.0 for k in range(n)] for j in range(n)]


LOSSES = {}  # name → what one output y with the target t adds to the loss, and its slope in y
LOSSES["l2"] = lambda y, t: (y - t) ** 2 / 2, lambda y, t: y - t
LOSSES["mae"] = lambda y, t: abs(y - t), lambda y, t: float((y > t) - (y < t))
LOSSES["bce"] = (
    lambda y, t: -(t * math.log(y) + (1 - t) * math.log(1 - y)),
    lambda y, t: -t / y + (1 - t) / (1 - y),
)
LOSSES["cross_entropy"] = lambda y, t: -t * math.log(y), lambda y, t: -t / y


def loss(name, y, t):
    """The loss of one sample."""
    each, _ = LOSSES[name]
    return sum(each(a, b) for a, b in zip(y, t, strict=True))


def loss_slope(name, y, t):
    """∂(loss)/∂y of one sample."""
    _, slope = LOSSES[name]
    return [slope(a, b) for a, b in zip(y, t, strict=True)]


def forward(layers, names, x):
    """All z and h of one sample; h[0] is x."""
    zs, hs = [], [list(x)]
    for (W, b), name in zip(layers, names, strict=True):
        z = [b[j] + sum(hs[-1][i] * W[i][j] for i in range(len(W))) for j in range(len(b))]
        zs.append(z)
        hs.append(activation(name, z))
    return zs, hs


def gradient(layers, names, X, T, loss_name, l1=0.0, l2=0.0):
    """J, and its gradient as layers: the chain rule, unit by unit, sample by sample, then the mean."""
    m = len(X)
    J = 0.0
    G = [([[0.0] * len(row) for row in W], [0.0] * len(b)) for W, b in layers]
    for x, t in zip(X, T, strict=True):
        zs, hs = forward(layers, names, x)
        J += loss(loss_name, hs[-1], t) / m
        back = loss_slope(loss_name, hs[-1], t)  # ∂loss/∂h of the layer at hand
        for l in range(len(layers) - 1, -1, -1):
            W, b = layers[l]
            D = derivative(names[l], zs[l])
            delta = [sum(back[j] * D[j][k] for j in range(len(b))) for k in range(len(b))]
            for j in range(len(b)):
                G[l][1][j] += delta[j] / m
                for i in range(len(W)):
                    G[l][0][i][j] += delta[j] * hs[l][i] / m
            back = [sum(W[i][j] * delta[j] for j in range(len(b))) for i in range(len(W))]
    for (W, _), (dW, _) in zip(layers, G, strict=True):
        for i, row in enumerate(W):
            for j, w in enumerate(row):
                J += l2 / 2 * w * w + l1 * abs(w)
                dW[i][j] += l2 * w + l1 * ((w > 0) - (w < 0))
    return J, G


OPTIMIZERS = {}  # name → what is taken from θ, from the papers (defaults of torch), with m̂ and v̂ spelled out


def optimizer(step):
    """A step of one parameter: of its gradient g, η, t from 1, and what it remembers, at first 0; and θ."""
    OPTIMIZERS[step.__name__] = step
    return step


@optimizer
def sgd(g, eta, t, past):
    return eta * g


@optimizer
def momentum(g, eta, t, past):
    past["v"] = 0.9 * past["v"] + g
    return eta * past["v"]


@optimizer
def nesterov(g, eta, t, past):
    past["v"] = 0.9 * past["v"] + g
    return eta * (g + 0.9 * past["v"])


@optimizer
def adagrad(g, eta, t, past):
    past["s"] += g**2
    return eta * g / (math.sqrt(past["s"]) + 1e-10)


@optimizer
def adadelta(g, eta, t, past):
    past["s"] = 0.9 * past["s"] + 0.1 * g**2
    step = math.sqrt(past["u"] + 1e-6) / math.sqrt(past["s"] + 1e-6) * g
    past["u"] = 0.9 * past["u"] + 0.1 * step**2
    return eta * step


@optimizer
def rmsprop(g, eta, t, past):
    past["s"] = 0.99 * past["s"] + 0.01 * g**2
    return eta * g / (math.sqrt(past["s"]) + 1e-8)


@optimizer
def adam(g, eta, t, past):
    past["m"] = 0.9 * past["m"] + 0.1 * g
    past["v"] = 0.999 * past["v"] + 0.001 * g**2
    return eta * past["m"] / (1 - 0.9**t) / (math.sqrt(past["v"] / (1 - 0.999**t)) + 1e-8)


@optimizer
def adamw(g, eta, t, past):
    return eta * 0.01 * past["theta"] + adam(g, eta, t, past)


@optimizer
def amsgrad(g, eta, t, past):
    past["m"] = 0.9 * past["m"] + 0.1 * g
    past["v"] = 0.999 * past["v"] + 0.001 * g**2
    past["most"] = max(past["most"], past["v"])
    return eta * past["m"] / (1 - 0.9**t) / (math.sqrt(past["most"] / (1 - 0.999**t)) + 1e-8)


@optimizer
def adamax(g, eta, t, past):
    past["m"] = 0.9 * past["m"] + 0.1 * g
    past["u"] = max(0.999 * past["u"], abs(g) + 1e-8)
    return eta / (1 - 0.9**t) * past["m"] / past["u"]


@optimizer
def nadam(g, eta, t, past):
    past["m"] = 0.9 * past["m"] + 0.1 * g
    past["v"] = 0.999 * past["v"] + 0.001 * g**2
    now, after = (0.9 * (1 - 0.5 * 0.96 ** (k * 4e-3)) for k in (t, t + 1))
    product = past["product"] = past.get("product", 1.0) * now
    step = (1 - now) / (1 - product) * g + after / (1 - product * after) * past["m"]
    return eta * step / (math.sqrt(past["v"] / (1 - 0.999**t)) + 1e-8)


def descend(name, theta, gradient, steps, lr):
    """`steps` updates of one parameter."""
    x, past = theta, collections.defaultdict(float)
    for t in range(1, steps + 1):
        past["theta"] = x
        x -= OPTIMIZERS[name](gradient(x), lr(t), t, past)
    return x
