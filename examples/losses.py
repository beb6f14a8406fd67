"""Two losses and their gradients, by hand and by the engine.

With `import torch` and `from torch import nn` in the first lines it runs the same.
"""

import gradassay.reference_engine as torch
from gradassay.reference_engine import nn

# L1, the mean of absolute errors: each error pulls with the same force, 1/n, however great it is.
prediction = torch.tensor([2.5, 0.0, 2.0, 8.0], requires_grad=True)
target = torch.tensor([3.0, -0.5, 2.0, 7.0])
loss = nn.L1Loss()(prediction, target)
loss.backward()
print("L1 loss", loss.item())
print("gradient", prediction.grad.tolist(), "- at an error of 0 it is taken as 0")

# Cross-entropy: the gradient of a row is softmax - one-hot, over the number of rows.
logits = torch.tensor([[2.0, 0.5, -1.0], [0.1, 0.2, 3.0]], requires_grad=True)
classes = torch.tensor([0, 1])
loss = nn.CrossEntropyLoss()(logits, classes)
loss.backward()
by_hand = torch.softmax(logits.detach(), dim=1)
by_hand[0, 0] -= 1
by_hand[1, 1] -= 1
by_hand = by_hand / 2
print(f"cross-entropy {loss.item():.4f}")
for i in range(2):
    mine, its = ([round(v, 4) for v in g[i].tolist()] for g in (by_hand, logits.grad))
    print("by hand", mine, "by the engine", its)

# A row that is ignored pulls nowhere, and does not count.
logits.grad = None
loss = nn.CrossEntropyLoss(ignore_index=1)(logits, classes)
loss.backward()
print(f"without the second row {loss.item():.4f}")
print("gradient of the second row", logits.grad[1].tolist())
