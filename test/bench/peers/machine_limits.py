#!/usr/bin/env python3
"""What PyTorch reaches on this machine, the best of ROUNDS runs, and of what fits in half a second: machine_limits.py ROUNDS

Prints {"gflops": {size: GFLOP/s of a square float32 product}, "copyGigabytes": GB/s, "triadGigabytes": GB/s}; the copy
and c = a + 3 b are over 128 MB each. Needs torch.
"""
import json
import os
import sys
import time

import torch

ELEMENTS = 2**25


def best_seconds(action, rounds):
    action()
    times, begun = [], time.perf_counter()
    while len(times) < rounds or time.perf_counter() - begun < 0.5:
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return min(times)


def main():
    rounds = int(sys.argv[1])
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    gflops = {}
    for size in (512, 1024, 2048):
        a, b, c = (torch.full((size, size), 0.5) for _ in range(3))
        gflops[size] = 2 * size**3 / best_seconds(lambda: torch.mm(a, b, out=c), rounds) / 1e9
    a, b, c = (torch.full((ELEMENTS,), 0.5) for _ in range(3))
    copy = 2 * 4 * ELEMENTS / best_seconds(lambda: c.copy_(a), rounds) / 1e9
    triad = 3 * 4 * ELEMENTS / best_seconds(lambda: torch.add(a, b, alpha=3, out=c), rounds) / 1e9
    print(json.dumps(dict(gflops=gflops, copyGigabytes=copy, triadGigabytes=triad)))


main()
