"""`torch.utils`: where PyTorch has its checkpointing."""

from . import checkpoint as checkpoint
