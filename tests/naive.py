"""The naive twin: a network neuron by neuron, in plain Python, from the definitions. Easy to believe.

Layers are lists of (W, b), W[i][j] going from unit i to unit j. Nothing here imports nnlib.
"""

import math


def activation(name, z):
    """The outputs of one layer of one sample."""
    if name == "softmax":
        top = max(z)
        e = [math.exp(x - top) for x in z]
        return [x / sum(e) for x in e]
    g = {
        "identity": lambda x: x,
        "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
        "tanh": math.tanh,
        "relu": lambda x: max(0.0, x),
        "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
        "step": lambda x: 1.0 if x >= 0 else 0.0,
    }[name]
    return [g(x) for x in z]


def derivative(name, z):
    """The matrix ∂h_j/∂z_k of one layer of one sample, from z (not from h)."""
    n = len(z)
    if name == "softmax":
        y = activation(name, z)
        return [[y[j] * ((j == k) - y[k]) for k in range(n)] for j in range(n)]
    d = {
        "identity": lambda x: 1.0,
        "sigmoid": lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2,
        "tanh": lambda x: 1 / math.cosh(x) ** 2,
        "relu": lambda x: 1.0 if x > 0 else 0.0,
        "leaky_relu": lambda x: 1.0 if x > 0 else 0.01,
    }[name]
    return [[d(z[j]) if j == k else 0.0 for k in range(n)] for j in range(n)]


def loss(name, y, t):
    """The loss of one sample."""
    if name == "l2":
        return sum((a - b) ** 2 for a, b in zip(y, t, strict=True)) / 2
    if name == "mae":
        return sum(abs(a - b) for a, b in zip(y, t, strict=True))
    if name == "bce":
        return -sum(b * math.log(a) + (1 - b) * math.log(1 - a) for a, b in zip(y, t, strict=True))
    return -sum(b * math.log(a) for a, b in zip(y, t, strict=True))


def loss_slope(name, y, t):
    """∂(loss)/∂y of one sample."""
    if name == "l2":
        return [a - b for a, b in zip(y, t, strict=True)]
    if name == "mae":
        return [float((a > b) - (a < b)) for a, b in zip(y, t, strict=True)]
    if name == "bce":
        return [-b / a + (1 - b) / (1 - a) for a, b in zip(y, t, strict=True)]
    return [-b / a for a, b in zip(y, t, strict=True)]


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


def descend(name, theta, gradient, steps, lr):
    """`steps` updates of one parameter, from the papers (defaults of torch), with m̂ and v̂ spelled out."""
    x, m, v, u, product = theta, 0.0, 0.0, 0.0, 1.0
    for t in range(1, steps + 1):
        g, eta = gradient(x), lr(t)
        if name == "sgd":
            x -= eta * g
        elif name == "momentum":
            m = 0.9 * m + g
            x -= eta * m
        elif name == "nesterov":
            m = 0.9 * m + g
            x -= eta * (g + 0.9 * m)
        elif name == "adagrad":
            v += g**2
            x -= eta * g / (math.sqrt(v) + 1e-10)
        elif name == "adadelta":
            v = 0.9 * v + 0.1 * g**2
            step = math.sqrt(u + 1e-6) / math.sqrt(v + 1e-6) * g
            u = 0.9 * u + 0.1 * step**2
            x -= eta * step
        elif name == "rmsprop":
            v = 0.99 * v + 0.01 * g**2
            x -= eta * g / (math.sqrt(v) + 1e-8)
        elif name == "adamax":
            m = 0.9 * m + 0.1 * g
            u = max(0.999 * u, abs(g) + 1e-8)
            x -= eta / (1 - 0.9**t) * m / u
        else:
            m = 0.9 * m + 0.1 * g
            v = 0.999 * v + 0.001 * g**2
            scale = math.sqrt(v / (1 - 0.999**t)) + 1e-8
            if name == "adam":
                x -= eta * m / (1 - 0.9**t) / scale
            else:  # nadam
                now = 0.9 * (1 - 0.5 * 0.96 ** (t * 4e-3))
                after = 0.9 * (1 - 0.5 * 0.96 ** ((t + 1) * 4e-3))
                product *= now
                x -= eta * (1 - now) / (1 - product) * g / scale
                x -= eta * after / (1 - product * after) * m / scale
    return x
