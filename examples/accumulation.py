"""Gradients add up, and a graph that was swept is gone.

With `import torch` in the first line it runs the same.
"""

import gradassay.reference_engine as torch

w = torch.tensor([1.0, 2.0], requires_grad=True)

for sweep in range(3):
    (w * w).sum().backward()
    print("after sweep", sweep + 1, "the gradient is", w.grad.tolist())

w.grad.zero_()
(w * w).sum().backward()
print("zeroed before the next", w.grad.tolist())

# A sweep frees what its graph saved, so a second sweep through it is an error.
y = (w * w).sum()
y.backward()
try:
    y.backward()
except RuntimeError as error:
    print("a second sweep:", type(error).__name__)

# If the graph is retained, it is not; and the gradients add up again.
w.grad = None
y = (w * w).sum()
y.backward(retain_graph=True)
y.backward()
print("swept twice on demand", w.grad.tolist())

# Micro-batches: four small sweeps are one large one, if each loss counts for its share.
x = torch.tensor([[float(i), 1.0] for i in range(8)])
w.grad = None
(x @ w).pow(2).mean().backward()
whole, w.grad = w.grad, None
for part in x.split(2):
    ((part @ w).pow(2).mean() / 4).backward()
print("full batch   ", whole.tolist())
print("micro-batches", w.grad.tolist())
