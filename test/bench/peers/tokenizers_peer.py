#!/usr/bin/env python3
"""The tokenizer peers, on one thread.

    tokenizers_peer.py PEER TOKENIZER DIR     PEER is tiktoken, huggingface or python; TOKENIZER is gpt2 or char
        prints {"ready": true, ...}; then, for every line N on stdin, encodes all texts N times and prints
        {"ms": [N numbers], "tokens": count, "digest": SHA-256 of the ids as int32}; ends at end of file

DIR holds texts.json, a list; for gpt2 ranks.txt (a line a token: base64 of its bytes, rank) and settings.json (pattern,
special tokens); for char alphabet.json, the character of each id. Needs tiktoken or tokenizers.
"""
import base64
import hashlib
import json
import os
import sys
import time
from array import array
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"


def read_ranks(folder):
    lines = (line.split() for line in (folder / "ranks.txt").read_text().splitlines())
    return {base64.b64decode(token): int(rank) for token, rank in lines}


def tiktoken_encoder(folder):
    import tiktoken

    settings = json.loads((folder / "settings.json").read_text())
    encoding = tiktoken.Encoding("peer", pat_str=settings["pattern"], mergeable_ranks=read_ranks(folder),
                                 special_tokens=settings["special"])
    return lambda texts: [encoding.encode_ordinary(text) for text in texts]


def byte_letters():
    """The letter that GPT-2's vocabulary files write for each byte."""
    kept = [*range(ord("!"), ord("~") + 1), *range(ord("\xa1"), ord("\xac") + 1), *range(ord("\xae"), ord("\xff") + 1)]
    moved = [byte for byte in range(256) if byte not in kept]
    return {**{byte: chr(byte) for byte in kept}, **{byte: chr(256 + i) for i, byte in enumerate(moved)}}


def merges_of(ranks):
    """The pair of tokens that each longer token is made of: what merging its bytes by lower ranks leaves."""
    for token, rank in sorted(ranks.items(), key=lambda entry: entry[1]):
        parts = [bytes([byte]) for byte in token]
        while len(parts) > 2:
            places = range(len(parts) - 1)
            at = min(places, key=lambda i: ranks.get(parts[i] + parts[i + 1], len(ranks)))
            parts[at:at + 2] = [parts[at] + parts[at + 1]]
        if len(parts) == 2:
            yield parts


def huggingface_encoder(folder, name):
    from tokenizers import Tokenizer, models, pre_tokenizers

    if name == "char":
        alphabet = json.loads((folder / "alphabet.json").read_text())
        tokenizer = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(alphabet)}, merges=[]))
    else:
        ranks, letters = read_ranks(folder), byte_letters()
        write = lambda token: "".join(letters[byte] for byte in token)
        vocabulary = {write(token): rank for token, rank in ranks.items()}
        merges = [(write(left), write(right)) for left, right in merges_of(ranks)]
        tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return lambda texts: [encoding.ids for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]


def python_encoder(folder):
    ids = {letter: i for i, letter in enumerate(json.loads((folder / "alphabet.json").read_text()))}
    return lambda texts: [[ids[letter] for letter in text] for text in texts]


def main():
    peer, name, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    texts = json.loads((folder / "texts.json").read_text())
    encoders = dict(tiktoken=lambda: tiktoken_encoder(folder), python=lambda: python_encoder(folder),
                    huggingface=lambda: huggingface_encoder(folder, name))
    encode = encoders[peer]()
    print(json.dumps(dict(ready=True, peer=peer)), flush=True)
    for line in sys.stdin:
        ms = []
        for _ in range(int(line)):
            started = time.perf_counter()
            rows = encode(texts)
            ms.append((time.perf_counter() - started) * 1e3)
        ids = array("i", (id for row in rows for id in row))
        print(json.dumps(dict(ms=ms, tokens=len(ids), digest=hashlib.sha256(ids.tobytes()).hexdigest())), flush=True)


main()
