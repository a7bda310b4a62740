"""Who trains: nnlib, and the same networks written for the others, each the way its own users write it.

A contender is a function that takes a `Problem`, does whatever can be done once, and returns a function without
arguments that trains from the start and returns the losses of its epochs (for W7, the norm of the first layer's weight
gradient of every net). Only the returned function is timed, and what it returns is what is compared: nothing can be
fast by leaving something out. Everyone is told the order of the samples and gathers its batches while the clock runs.
"""

from typing import NamedTuple

import numpy as np

import nnlib as nn

# ---- nnlib: the public functions, checks included ----


def nnlib(p):
    """What a reader calls."""
    if p.nets:

        def gradients():
            found = [nn.backprop(net, θ, p.X, p.T, p.loss)[1] for net, θ in p.nets]
            return [_norm(g[: p.net.sizes[0] * p.net.sizes[1]]) for g in found]

        return gradients
    settings = dict(epochs=p.epochs, batch_size=p.batch)
    return lambda: nn.train(p.net, p.theta, p.X, p.T, p.loss, p.optimizer, **settings).loss.tolist()


def _norm(a):
    return float(np.linalg.norm(a))


# ---- NumPy ----


def _sigmoid(Z):
    np.negative(Z, out=Z)
    np.exp(Z, out=Z)
    Z += 1
    return np.reciprocal(Z, out=Z)


def _softmax(Z):
    Z -= Z.max(axis=1, keepdims=True)
    np.exp(Z, out=Z)
    Z /= Z.sum(axis=1, keepdims=True)
    return Z


# In place: g of Z, and the error times g', from g's own output.
NUMPY = {
    "identity": (lambda Z: Z, lambda H, δ: δ),
    "sigmoid": (_sigmoid, lambda H, δ: np.multiply(δ, H * (1 - H), out=δ)),
    "tanh": (lambda Z: np.tanh(Z, out=Z), lambda H, δ: np.multiply(δ, 1 - H * H, out=δ)),
    "relu": (lambda Z: np.maximum(Z, 0, out=Z), lambda H, δ: np.multiply(δ, H > 0, out=δ)),
    "softmax": (_softmax, None),
}


def numpy(p):
    """Vectorized by the rows of a batch; all parameters in one vector, so that an update is a few array operations."""
    θ, g = p.theta.copy(), np.empty_like(p.theta)

    def backprop(net, layers, slopes, X, T):
        m, H = len(X), [X]
        names = net.names
        for (W, b), name in zip(layers, names, strict=True):
            Z = H[-1] @ W
            Z += b
            H.append(NUMPY[name][0](Z))
        if p.loss == "cross_entropy":
            rows, δ = np.arange(m), H[-1]
            J = -np.log(δ[rows, T]).sum() / m
            δ[rows, T] -= 1
            δ /= m
        else:
            δ = H[-1] - T
            J = 0.5 * np.vdot(δ, δ) / m
            δ /= m
            δ = NUMPY[names[-1]][1](H[-1], δ)
        for l in range(len(layers), 0, -1):
            dW, db = slopes[l - 1]
            np.dot(H[l - 1].T, δ, out=dW)
            δ.sum(axis=0, out=db)
            if l > 1:
                δ = NUMPY[names[l - 2]][1](H[l - 1], δ @ layers[l - 1][0].T)
        return J

    if p.nets:
        unpacked = [(net, nn.unpack(net, θ), nn.unpack(net, np.empty_like(θ))) for net, θ in p.nets]

        def gradients():
            for net, layers, slopes in unpacked:
                backprop(net, layers, slopes, p.X, p.T)
            return [_norm(slopes[0][0]) for _, _, slopes in unpacked]

        return gradients

    layers, slopes = nn.unpack(p.net, θ), nn.unpack(p.net, g)
    o = p.optimizer

    def train():
        θ[:] = p.theta
        s, u, t, losses = np.zeros_like(θ), np.zeros_like(θ), 0, []
        for order in p.order:
            total = 0.0
            for start in range(0, len(p.X), p.batch):
                rows = order[start : start + p.batch]
                X, T = (p.X, p.T) if p.whole else (p.X[rows], p.T[rows])
                total += float(backprop(p.net, layers, slopes, X, T)) * len(X)
                t += 1
                if o.name == "sgd":
                    np.multiply(g, o.lr.lr, out=g)
                elif o.name == "momentum":
                    np.multiply(s, o.beta1, out=s)
                    np.add(s, g, out=s)
                    np.multiply(s, o.lr.lr, out=g)
                else:
                    _adam(g, s, u, t, o)
                np.subtract(θ, g, out=θ)
            losses.append(total / len(p.X))
        return losses

    return train


def _adam(g, m, v, t, o):
    """g ← Adam's step; m and v are its memory."""
    m *= o.beta1
    m += (1 - o.beta1) * g
    v *= o.beta2
    g *= g
    g *= 1 - o.beta2
    v += g
    np.sqrt(v, out=g)
    g *= float(1 / np.sqrt(1 - o.beta2**t))
    g += o.eps
    np.divide(m, g, out=g)
    g *= o.lr.lr / (1 - o.beta1**t)


# ---- PyTorch ----


def torch(p, fused=False):
    """Modules, autograd and an optimizer, step by step: what every tutorial does."""
    import torch
    from torch import nn as layers

    torch.set_num_threads(1)
    activate = dict(sigmoid=layers.Sigmoid, tanh=layers.Tanh, relu=layers.ReLU, identity=layers.Identity)

    def module(net, θ):
        parts = []
        for (W, b), name in zip(nn.unpack(net, θ), net.names, strict=True):
            linear = layers.Linear(*W.shape, dtype=torch.from_numpy(W).dtype)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(W.T.copy()))
                linear.bias.copy_(torch.from_numpy(b))
            parts += [linear] if name == "softmax" else [linear, activate[name]()]
        return layers.Sequential(*parts)

    def measure(model, X, T):
        if p.loss == "cross_entropy":
            return layers.functional.cross_entropy(model(X), T)
        return 0.5 * (model(X) - T).square().sum() / len(X)

    X, T = torch.from_numpy(p.X), torch.from_numpy(p.T)
    if p.nets:
        models = [module(net, θ) for net, θ in p.nets]

        def gradients():
            for model in models:
                model.zero_grad()
                measure(model, X, T).backward()
            return [float(model[0].weight.grad.norm()) for model in models]

        return gradients

    model, o = module(p.net, p.theta), p.optimizer
    start = {name: value.clone() for name, value in model.state_dict().items()}
    orders = [torch.from_numpy(order).split(p.batch) for order in p.order]

    def train():
        model.load_state_dict(start)
        how = dict(lr=o.lr.lr, **(dict(fused=True) if fused else {}))
        if o.name == "adam":
            optimizer = torch.optim.Adam(model.parameters(), betas=(o.beta1, o.beta2), eps=o.eps, **how)
        else:
            optimizer = torch.optim.SGD(model.parameters(), momentum=o.beta1, **how)
        losses = []
        for order in orders:
            total = 0.0
            for rows in order:
                x, t = (X, T) if p.whole else (X[rows], T[rows])
                optimizer.zero_grad()
                loss = measure(model, x, t)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(x)
            losses.append(total / len(X))
        return losses

    return train


def torch_fused(p):
    """The same with the optimizer that updates all parameters in one call."""
    return torch(p, fused=True)


# ---- JAX ----


def jax(p):
    """Everything compiled for exactly this network: all epochs are one call, a scan over scans."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", p.X.dtype == np.float64)
    activate = dict(sigmoid=jax.nn.sigmoid, tanh=jnp.tanh, relu=jax.nn.relu, identity=lambda z: z)

    def loss_of(net):
        def loss(layers, X, T):
            for (W, b), name in zip(layers, net.names, strict=True):
                Z = X @ W + b
                X = Z if name == "softmax" else activate[name](Z)
            if p.loss == "cross_entropy":
                return -jnp.take_along_axis(jax.nn.log_softmax(X), T[:, None], 1).mean()
            return 0.5 * jnp.square(X - T).sum() / len(X)

        return loss

    def parameters(net, θ):
        return [(jnp.asarray(W), jnp.asarray(b)) for W, b in nn.unpack(net, θ)]

    X, T = jnp.asarray(p.X), jnp.asarray(p.T.astype(np.int32) if p.loss == "cross_entropy" else p.T)
    if p.nets:
        return _jax_gradients(p, activate, X, T)

    o, tree, m = p.optimizer, jax.tree.map, p.batch
    gradient = jax.value_and_grad(loss_of(p.net))
    full = len(p.X) // m * m

    def update(θ, g, s, u, t):
        if o.name == "sgd":
            return tree(lambda θ, g: θ - o.lr.lr * g, θ, g), s, u
        if o.name == "momentum":
            s = tree(lambda s, g: o.beta1 * s + g, s, g)
            return tree(lambda θ, s: θ - o.lr.lr * s, θ, s), s, u
        s = tree(lambda s, g: o.beta1 * s + (1 - o.beta1) * g, s, g)
        u = tree(lambda u, g: o.beta2 * u + (1 - o.beta2) * g * g, u, g)
        t = t.astype(X.dtype)
        η, root = o.lr.lr / (1 - o.beta1**t), 1 / jnp.sqrt(1 - o.beta2**t)
        return tree(lambda θ, s, u: θ - η * s / (jnp.sqrt(u) * root + o.eps), θ, s, u), s, u

    @jax.jit
    def train(θ, X, T, orders):
        def step(carry, rows):
            θ, s, u, t = carry
            x, y = (X, T) if p.whole else (X[rows], T[rows])
            J, g = gradient(θ, x, y)
            return (*update(θ, g, s, u, t + 1), t + 1), J * len(x)

        def epoch(carry, order):
            if p.whole:
                carry, total = step(carry, None)
                return carry, total / len(X)
            carry, totals = jax.lax.scan(step, carry, order[:full].reshape(-1, m))
            total = totals.sum()
            if full < len(X):
                carry, last = step(carry, order[full:])
                total += last
            return carry, total / len(X)

        zeros = tree(jnp.zeros_like, θ)
        s, u = (() if o.name == "sgd" else zeros), (zeros if o.name == "adam" else ())
        (θ, *_), losses = jax.lax.scan(epoch, (θ, s, u, jnp.int32(0)), orders)
        return θ, losses

    θ, orders = parameters(p.net, p.theta), jnp.asarray(p.order, jnp.int32)
    return lambda: jax.block_until_ready(train(θ, X, T, orders))[1].tolist()


def _jax_gradients(p, activate, X, T):
    """W7: one compiled function for each activation, a scan over the equal layers; it returns the whole gradient."""
    import jax
    import jax.numpy as jnp

    def gradient_of(g):
        def loss(W, b, X, T):
            Y, _ = jax.lax.scan(lambda h, layer: (g(h @ layer[0] + layer[1]), None), X, (W, b))
            return 0.5 * jnp.square(Y - T).sum() / len(X)

        return jax.jit(jax.grad(loss, argnums=(0, 1)))

    compiled = {name: gradient_of(g) for name, g in activate.items()}
    stacked = []
    for net, θ in p.nets:
        W, b = zip(*nn.unpack(net, θ), strict=True)
        stacked.append((compiled[net.names[0]], jnp.asarray(np.stack(W)), jnp.asarray(np.stack(b))))

    def gradients():
        found = [gradient(W, b, X, T)[0] for gradient, W, b in stacked]
        return [_norm(np.asarray(dW)[0]) for dW in found]

    return gradients


# ---- scikit-learn ----


def sklearn(p):
    """MLPClassifier, which is given the weights and the order by overriding where it would draw them."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    class Told(MLPClassifier):
        def _init_coef(self, fan_in, fan_out, dtype):
            W, b = nn.unpack(p.net, p.theta)[len(self.coefs_)]
            return W.copy(), b.copy()

    class Orders(np.random.RandomState):
        """scikit-learn shuffles the order it already has, so it gets the permutation from one epoch to the next."""

        def told(self):
            self.turns = iter([np.argsort(before)[now] for before, now in zip(self.before(), p.order, strict=True)])
            return self

        def before(self):
            return [np.arange(len(p.X)), *p.order[:-1]]

        def shuffle(self, x):
            x[:] = next(self.turns)

    o = p.optimizer
    settings = dict(
        hidden_layer_sizes=tuple(int(n) for n in p.net.sizes[1:-1]),
        activation={"sigmoid": "logistic"}.get(p.net.names[0], p.net.names[0]),
        solver="adam" if o.name == "adam" else "sgd",
        **dict(alpha=0, batch_size=p.batch, learning_rate_init=o.lr.lr, max_iter=p.epochs, tol=0),
        **dict(momentum=o.beta1, nesterovs_momentum=False, n_iter_no_change=p.epochs + 1),
    )
    if o.name == "adam":
        settings |= dict(beta_1=o.beta1, beta_2=o.beta2, epsilon=o.eps)
    ready = Orders(0).told()
    turns = list(ready.turns)

    def train():
        ready.turns = iter(turns)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it stops where it is told to, and worries
            return [float(J) for J in Told(**settings, random_state=ready).fit(p.X, p.T).loss_curve_]

    return train


# ---- the matrix products alone ----


def gemms(p):
    """The same matrix products with nothing between them: what BLAS leaves for everyone who calls it."""
    m, n, dtype = p.batch, [int(k) for k in p.net.sizes], p.theta.dtype
    random = np.random.default_rng(0)
    L = len(n) - 1
    W = [random.standard_normal(shape).astype(dtype) for shape in zip(n, n[1:], strict=False)]
    dW = [np.empty_like(w) for w in W]
    H = [random.standard_normal((m, k)).astype(dtype) for k in n]
    δ = [random.standard_normal((m, k)).astype(dtype) for k in n]

    def step(m):
        h, d = [a[:m] for a in H], [a[:m] for a in δ]
        for l in range(L):
            np.dot(h[l], W[l], out=h[l + 1])
        for l in range(L, 0, -1):
            np.dot(h[l - 1].T, d[l], out=dW[l - 1])
            if l > 1:
                np.dot(d[l], W[l - 1].T, out=d[l - 1])

    def products():
        for _ in range(p.epochs):
            for start in range(0, len(p.X), m):
                step(min(m, len(p.X) - start))
        return []

    return products


class Contender(NamedTuple):
    """A name for the page, how it is prepared, which workloads it takes part in, and which packages it needs."""

    title: str
    prepare: object
    workloads: tuple
    packages: tuple = ()


ALL = ("W1", "W2", "W3", "W4", "W5", "W6b1", "W6b10", "W7")
TRAINED = ALL[:-1]
CONTENDERS = {
    "nnlib": Contender("nnlib", nnlib, ALL),
    "numpy": Contender("NumPy", numpy, ALL),
    "torch": Contender("PyTorch", torch, ALL, ("torch",)),
    "torch_fused": Contender("PyTorch, fused optimizer", torch_fused, TRAINED, ("torch",)),
    "jax": Contender("JAX", jax, ALL, ("jax",)),
    # Elsewhere its mathematics is another: two classes get one logistic output, and sigmoid outputs no squared error.
    "sklearn": Contender("scikit-learn", sklearn, ("W3", "W4", "W5"), ("scikit-learn",)),
    "gemms": Contender("its matrix products alone", gemms, ("W4", "W5")),
}
