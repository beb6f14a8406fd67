"""Newton's method: the second derivative is the gradient of a recorded gradient."""

import gradassay.reference_engine as torch

x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
for step in range(6):
    y = torch.exp(x) - 3 * x  # least at log 3 = 1.098612288668
    (slope,) = torch.autograd.grad(y, x, create_graph=True)
    (curvature,) = torch.autograd.grad(slope, x)
    print(f"step {step}  x {x.item():.12f}  slope {slope.item():+.1e}")
    with torch.no_grad():
        x -= slope.detach() / curvature
