#!/usr/bin/env python3
"""The transformers peer of text generation: GPT-2 124M, batch 1, greedy, with its key/value cache.

    transformers_generate.py export DIR    random weights, in the names of GPT-2's checkpoints
    transformers_generate.py serve DIR [--threads N] [--prompt-tokens 32]
        prints {"ready": true, ...}; then, for every line N on stdin, generates N tokens and prints
        {"ms": milliseconds, "ids": [N numbers], "peakMemoryBytes": ...}; ends at end of file

Needs torch, transformers, safetensors.
"""
import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel


def export(directory):
    torch.manual_seed(1)
    model = GPT2LMHeadModel(GPT2Config())
    # Biases and norms of a fresh model are 0 and 1: changed, so that leaving one out shows.
    tensors = {name: tensor + 0.02 * torch.randn_like(tensor) for name, tensor in model.transformer.state_dict().items()}
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, Path(directory) / "model.safetensors")


def serve(directory, threads, prompt_tokens):
    torch.set_num_threads(threads)
    model = GPT2LMHeadModel(GPT2Config())
    model.transformer.load_state_dict(load_file(Path(directory) / "model.safetensors"))
    model.tie_weights()
    model.eval()
    prompt = torch.tensor([[(index * 977) % 50257 for index in range(prompt_tokens)]])
    import transformers

    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    print(json.dumps({"ready": True, "peer": "transformers", "threads": threads, "versions": versions}), flush=True)
    for line in sys.stdin:
        count = int(line)
        started = time.perf_counter()
        with torch.inference_mode():
            ids = model.generate(
                prompt,
                attention_mask=torch.ones_like(prompt),
                max_new_tokens=count,
                min_new_tokens=count,
                do_sample=False,
                use_cache=True,
                pad_token_id=0,
                eos_token_id=None,
            )
        ms = (time.perf_counter() - started) * 1000
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"ms": ms, "ids": ids[0, prompt_tokens:].tolist(), "peakMemoryBytes": peak}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["export", "serve"])
    parser.add_argument("directory")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--prompt-tokens", type=int, default=32)
    args = parser.parse_args()
    if args.mode == "export":
        export(args.directory)
    else:
        serve(args.directory, args.threads, args.prompt_tokens)


main()
