"""How fast things are: for now the differential test itself, beside `torch.autograd.gradcheck`."""
