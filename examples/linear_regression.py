"""Linear regression, step by step. With `import torch` in the first line it runs the same.

The data lie exactly on y = 2·x₁ - 3·x₂ + 1, so gradient descent finds these numbers again.
"""

import gradassay.reference_engine as torch

torch.manual_seed(0)
x = torch.randn(100, 2)
y = torch.mm(x, torch.tensor([[2.0], [-3.0]])) + 1.0

w = torch.zeros(2, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
lr = 0.1

for step in range(101):
    # Forward: the engine records each operation as it runs.
    prediction = torch.mm(x, w) + b
    loss = (prediction - y).pow(2).sum() / len(x)
    # Backward: one sweep over the recording fills w.grad and b.grad.
    loss.backward()
    if step % 25 == 0:
        print(f"step {step:3d}  loss {loss.item():.6f}  gradient of b {b.grad.item():+.4f}")
    # The update is no part of the next recording.
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
    # Gradients add up over sweeps, so they begin at zero again.
    w.grad.zero_()
    b.grad.zero_()

print("w =", [round(value, 3) for value in w.detach().numpy().ravel().tolist()])
print("b =", round(b.item(), 3))
