"""A perceptron with one hidden layer, 1-10-1, learns a parabola in 100 epochs.

With `import torch` and `from torch import nn, optim` in the first lines it runs the same.
"""

import gradassay.reference_engine as torch
from gradassay.reference_engine import nn, optim

torch.manual_seed(0)
x = torch.tensor([[-1.0 + 0.1 * i] for i in range(21)])
y = x**2


class Perceptron(nn.Module):
    """A number in, a number out, and ten neurons between."""

    def __init__(self):
        """Two layers."""
        super().__init__()
        self.hidden = nn.Linear(1, 10)
        self.output = nn.Linear(10, 1)

    def forward(self, x):
        """The prediction."""
        return self.output(torch.relu(self.hidden(x)))


model = Perceptron()
criterion = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.3)

for epoch in range(100):
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    if (epoch + 1) % 20 == 0:
        print(f"epoch {epoch + 1:3d}  loss {loss.item():.5f}")

with torch.no_grad():
    print("0.5 squared is about", round(model(torch.tensor([[0.5]])).item(), 2))
