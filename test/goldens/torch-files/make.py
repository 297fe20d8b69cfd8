"""Makes the files of this folder, with PyTorch 2.13: python make.py. Their content is stated in src/hub/torch-file.test.ts."""

import collections
import os

import torch

os.chdir(os.path.dirname(os.path.abspath(__file__)))

grid = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
content = {
    "grid": grid,
    "turned": grid.permute(2, 0, 1),
    "part": grid[1, :, 1:3],
    "row": grid[1, 2],
    "repeated": torch.tensor([7.0]).expand(3),
    "parameter": torch.nn.Parameter(torch.tensor([0.5, -0.5])),
    "brain": torch.tensor([1.0, -2.0], dtype=torch.bfloat16),
    "half": torch.tensor([1.0, -2.0], dtype=torch.float16),
    "precise": torch.tensor([0.1], dtype=torch.float64),
    "long": torch.tensor([-1, 2**62]),
    "int": torch.tensor([-5, 7], dtype=torch.int32),
    "short": torch.tensor([1, 2], dtype=torch.int16),
    "bytes": torch.tensor([0, 255], dtype=torch.uint8),
    "mask": torch.tensor([True, False]),
    "scalar": torch.tensor(3),
    "nothing": torch.zeros(0, 4),
    "module": torch.nn.Linear(2, 1, bias=False).to(torch.float64).requires_grad_(False).state_dict(),
    "storage": torch.tensor([1, 2, 3]).untyped_storage(),
    "type": torch.float16,
    "size": torch.Size([2, 3]),
    "set": {1, 2},
    "ordered": collections.OrderedDict([("b", 1), ("a", 2)]),
    "numbers": [0, -1, 255, 65535, -(2**31), 2**40, 2**63, -(2**70), 0.1, True, None],
    "texts": ["", "größe", "__proto__"],
    "__proto__": {"polluted": True},
}
content["module"]["weight"].copy_(torch.tensor([[0.25, 0.75]], dtype=torch.float64))

torch.save(content, "protocol-2.pt")
torch.save({**content, "raw": b"\x00\xff", "frozen": frozenset([1])}, "protocol-5.pt", pickle_protocol=5)
torch.save({"weight": torch.ones(2)}, "before-1.6.pt", _use_new_zipfile_serialization=False)
