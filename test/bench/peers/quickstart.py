#!/usr/bin/env python3
"""Trains the quickstart in PyTorch: the same initial weights, batches, schedule and held-out split.

    quickstart.py DIR      DIR is what test/bench/export-quickstart.mjs wrote; prints {"evalLoss": ..., "seconds": ...}

Needs torch, numpy, safetensors.
"""
import json
import math
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file


def forward(weights, settings, token_ids):
    """GPT-2: tokenIds [microBatch, contextLength] to logits [microBatch, contextLength, vocabSize]."""
    heads, width = settings["headCount"], settings["embedDim"]
    rows, length = token_ids.shape

    def norm(x, name):
        return F.layer_norm(x, (width,), weights[name + ".weight"], weights[name + ".bias"])

    def linear(x, name):
        return torch.addmm(weights[name + ".bias"], x.reshape(-1, x.size(-1)), weights[name + ".weight"]).view(
            rows, length, -1)

    x = weights["wte.weight"][token_ids] + weights["wpe.weight"][:length]
    for layer in range(settings["layerCount"]):
        name = f"h.{layer}"
        q, k, v = (part.view(rows, length, heads, width // heads).transpose(1, 2)
                   for part in linear(norm(x, name + ".ln_1"), name + ".attn.c_attn").split(width, dim=2))
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + linear(attended.transpose(1, 2).reshape(rows, length, width), name + ".attn.c_proj")
        hidden = F.gelu(linear(norm(x, name + ".ln_2"), name + ".mlp.c_fc"), approximate="tanh")
        x = x + linear(hidden, name + ".mlp.c_proj")
    return norm(x, "ln_f") @ weights["wte.weight"].t()


def learning_rate(step, s):
    """Linear warm-up, then a cosine to minLearningRate; step counts from 0."""
    if step < s["warmupSteps"]:
        return s["learningRate"] * (step + 1) / s["warmupSteps"]
    progress = (step - s["warmupSteps"]) / max(1, s["maxSteps"] - s["warmupSteps"])
    return s["minLearningRate"] + 0.5 * (s["learningRate"] - s["minLearningRate"]) * (1 + math.cos(math.pi * progress))


def main():
    folder = Path(sys.argv[1])
    settings = json.loads((folder / "settings.json").read_text())
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    weights = {name: torch.nn.Parameter(value) for name, value in load_file(folder / "model.safetensors").items()}
    shape = (-1, 2, settings["microBatch"], settings["contextLength"])
    train = torch.from_numpy(np.fromfile(folder / "train.int32", np.int32).reshape(shape)).long()
    held_out = torch.from_numpy(np.fromfile(folder / "validation.int32", np.int32).reshape(shape)).long()
    masks = torch.from_numpy(np.fromfile(folder / "validation-mask.float32", np.float32).reshape((-1,) + shape[2:]))
    optimizer = torch.optim.AdamW(
        [dict(params=[p for p in weights.values() if p.dim() >= 2], weight_decay=settings["weightDecay"]),
         dict(params=[p for p in weights.values() if p.dim() < 2], weight_decay=0.0)],
        lr=settings["learningRate"], betas=tuple(settings["betas"]), eps=settings["epsilon"], fused=True)
    started = time.perf_counter()
    for step in range(settings["maxSteps"]):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, settings)
        token_ids, target_ids = train[step]
        loss = F.cross_entropy(forward(weights, settings, token_ids).flatten(0, 1), target_ids.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights.values(), settings["clipNorm"])
        optimizer.step()
    seconds = time.perf_counter() - started
    total = count = 0.0
    with torch.no_grad():
        for (token_ids, target_ids), mask in zip(held_out, masks):
            losses = F.cross_entropy(forward(weights, settings, token_ids).flatten(0, 1), target_ids.flatten(),
                                     reduction="none")
            total += (losses.double() * mask.flatten().double()).sum().item()
            count += mask.sum().item()
    print(json.dumps(dict(evalLoss=total / count, seconds=seconds, torch=torch.__version__)))


main()
