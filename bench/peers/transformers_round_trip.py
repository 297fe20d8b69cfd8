"""Does Python's transformers load a directory that `jepa export` wrote, and compute the vectors that `jepa embed` gives?

  python transformers_round_trip.py DIRECTORY PICTURES VECTORS.npy     prints the largest difference; exit code 1 above 1e-4

Pictures are resized and normalised by transformers' own processor of the directory. Needs torch, transformers, pillow.
"""
import json
import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")
try:
    import numpy
    import torch
    from PIL import Image
    from transformers import AutoImageProcessor, IJepaModel
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(0)

directory, pictures, vectors = sys.argv[1:]
listed = json.load(open(vectors + ".json"))["paths"]
processor = AutoImageProcessor.from_pretrained(directory)
model = IJepaModel.from_pretrained(directory).eval()
images = [Image.open(os.path.join(pictures, os.path.basename(path))).convert("RGB") for path in listed]
with torch.no_grad():
    pixels = processor(images=images, return_tensors="pt")["pixel_values"]
    theirs = model(pixels).last_hidden_state.mean(1).numpy()
difference = float(numpy.abs(numpy.load(vectors) - theirs).max())
print(f"{len(listed)} pictures, largest difference {difference:.2e}")
sys.exit(difference > 1e-4)
