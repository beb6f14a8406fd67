"""A small classifier of texts: the mean of the words' vectors, and a line between them.

With `import torch` and `from torch import nn, optim` in the first lines it runs the same.
"""

import gradassay.reference_engine as torch
from gradassay.reference_engine import nn, optim

GOOD = """a lovely film / what a great cast / i loved it / great fun and a lovely end
funny and warm / a warm and clever story / the best film of the year / clever great and fun
i laughed and loved every minute / a wonderful story / wonderful cast wonderful music
the music is lovely / warm funny and wonderful / best cast of the year / it was great"""
BAD = """a boring film / what a dull story / i hated it / dull long and badly made
boring and cold / a cold and stupid story / the worst film of the year / stupid long and dull
i slept and hated every minute / a terrible story / terrible cast terrible music
the music is awful / cold boring and terrible / worst cast of the year / it was awful"""


def sentences(text):
    """Lists of words."""
    return [part.split() for part in text.replace("\n", " / ").split(" / ")]


known = [(words, 1.0) for words in sentences(GOOD)] + [(words, 0.0) for words in sentences(BAD)]
vocabulary = {word: i for i, word in enumerate(sorted({w for words, _ in known for w in words}))}


def bags(texts):
    """The words of all texts as numbers in one vector, and where each text begins."""
    numbers = [[vocabulary[word] for word in words if word in vocabulary] for words in texts]
    starts = [sum(map(len, numbers[:i])) for i in range(len(numbers))]
    return torch.tensor([i for text in numbers for i in text]), torch.tensor(starts)


torch.manual_seed(0)
words = nn.EmbeddingBag(len(vocabulary), 8, mode="mean")
line = nn.Linear(8, 1)
criterion = nn.BCEWithLogitsLoss()
optimizer = optim.Adam([*words.parameters(), *line.parameters()], lr=0.05)

texts, labels = bags([t for t, _ in known]), torch.tensor([label for _, label in known])
for epoch in range(1, 61):
    scores = line(words(*texts)).squeeze(1)
    loss = criterion(scores, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 15 == 0:
        right = ((scores > 0) == (labels > 0)).sum().item()
        print(f"epoch {epoch}  loss {loss.item():.3f}  right {right} of {len(known)}")

for text in ("a wonderful and clever film", "a long and terrible end"):
    score = line(words(*bags([text.split()]))).item()
    print(f"{text!r} is {'good' if score > 0 else 'bad'}")
