"""The same regression as in linear_regression.py, with a layer, a loss and an optimizer.

With `import torch` and `from torch import nn, optim` in the first lines it runs the same.
"""

import gradassay.reference_engine as torch
from gradassay.reference_engine import nn, optim

torch.manual_seed(0)
x = torch.randn(100, 2)
y = torch.mm(x, torch.tensor([[2.0], [-3.0]])) + 1.0

model = nn.Linear(2, 1)
criterion = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.1)

for step in range(101):
    optimizer.zero_grad()  # gradients add up over sweeps
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    if step % 25 == 0:
        print(f"step {step:3d}  loss {loss.item():.6f}")

print("w =", [round(value, 3) for value in model.weight[0].tolist()])
print("b =", round(model.bias.item(), 3))
