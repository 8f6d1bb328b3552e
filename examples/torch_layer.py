"""A sparse layer of fixed pattern, trained by PyTorch on digits in minibatches, and torch.sparse.

Hidden units see 4 × 4 of the 64 pixels.  The loss of a batch is one energy, whose data is replaced.
"""

from time import thread_time

import numpy as np

import nzdiff as nz

h, c, p, k = nz.dims("h c p k")
X, Y = nz.dense("X", p, k), nz.dense("Y", c, k)  # pixels and classes, a column per image
G, W = nz.sparse("G", h, p), nz.dense("W", c, h)
scores = W * nz.softplus(G * X)
problem = nz.Problem(nz.total(nz.logsumexp(scores.T)) - nz.inner(Y, scores), wrt=(G, W))
HIDDEN = 128


def main() -> None:
    """Train both from the same start with the same batches, and count what they get right."""
    import torch  # pip install "nzdiff[torch,gallery]"
    from sklearn.datasets import load_digits

    rng, (images, digits) = np.random.default_rng(0), load_digits(return_X_y=True)
    pixels, classes = images.T / 16.0, np.eye(10)[digits].T
    patches = [8 * a + b + np.add.outer(8 * np.arange(4), range(4)) for a, b in np.ndindex(5, 5)]
    places = np.repeat(np.arange(HIDDEN), 16), np.ravel([patches[u % 25] for u in range(HIDDEN)])
    stored = torch.from_numpy(np.stack(places))
    *batches, rest = np.split(rng.permutation(1797), range(100, 1500, 100))
    first = {"X": pixels[:, batches[0]], "Y": classes[:, batches[0]]}
    model = problem.bind(**first, G=nz.Pattern(places, (HIDDEN, 64)), W=(10, HIDDEN))
    start = 0.3 * rng.standard_normal(model.size)
    torch.set_num_threads(1)  # as many as the model has

    def by_kernels(layer, x, y):
        model.update(X=x, Y=y)
        return layer()

    def by_torch(layer, x, y):
        G, W = layer.parameters()
        sparse = torch.sparse_coo_tensor(stored, G, (HIDDEN, 64), check_invariants=False)
        scores = W @ torch.nn.functional.softplus(sparse @ torch.from_numpy(x))
        return (torch.logsumexp(scores, 0) - (torch.from_numpy(y) * scores).sum(0)).sum()

    for loss in (by_kernels, by_torch):
        layer, clock = nz.layers.torch(model, start=start), [thread_time()]
        optimiser = torch.optim.Adam(layer.parameters(), lr=1e-2)
        for batch in 10 * batches:
            optimiser.zero_grad()
            loss(layer, pixels[:, batch], classes[:, batch]).backward()
            optimiser.step()
            clock.append(thread_time())
        G, W = (layer.matrix(name).detach() for name in "GW")
        found = W @ torch.nn.functional.softplus(G @ torch.from_numpy(pixels[:, rest]))
        right = np.mean(found.argmax(0).numpy() == digits[rest])
        step = 1e3 * np.median(np.diff(clock))
        print(f"{loss.__name__}: {step:.2f} ms a step, {right:.1%} of the others right")
        assert right > 0.9


if __name__ == "__main__":
    main()
