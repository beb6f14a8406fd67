"""Causal attention learns to copy: it reads three letters, and then writes them again.

With `import torch` and `from torch import nn, optim` in the first lines it runs the same.
"""

import itertools

import gradassay.reference_engine as torch
from gradassay.reference_engine import nn, optim

torch.manual_seed(0)
words = [list(word) for word in itertools.product(range(4), repeat=3)]
sequences = torch.tensor([word + word for word in words])  # 64 of them: abcabc
inputs, targets = sequences[:, :-1], sequences[:, 1:]
length, width = inputs.shape[1], 16


class Copier(nn.Module):
    """What stands where, one layer of attention, and a guess at the next letter."""

    def __init__(self):
        """Learned letters and places."""
        super().__init__()
        self.letters = nn.Embedding(4, width)
        self.places = nn.Parameter(0.1 * torch.randn(length, width))
        self.attention = nn.MultiheadAttention(width, num_heads=2, batch_first=True)
        self.guess = nn.Linear(width, 4)

    def forward(self, x):
        """Scores of the letter after each place, which see no letter behind it."""
        h = self.letters(x) + self.places
        future = torch.triu(torch.ones(length, length), diagonal=1) > 0
        h, _ = self.attention(h, h, h, attn_mask=future)
        return self.guess(h)


model = Copier()
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.03)

for step in range(1, 201):
    scores = model(inputs)[:, 2:]  # the first letters are chance; from here on they are a copy
    loss = criterion(scores.reshape(-1, 4), targets[:, 2:].reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    right = (scores.argmax(-1) == targets[:, 2:]).sum().item()
    if step % 10 == 0 or right == 192:
        print(f"step {step:3d}  loss {loss.item():.2f}  right {right} of 192")
    if right == 192:
        break
