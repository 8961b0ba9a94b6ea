import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median, pairwiseRatio, turnsOf } from "../statistics.mjs";
import { printTable, sayMegabytes, sayRatio } from "../table.mjs";
import { exportReference, startCodex, startPyTorch } from "../training-servers.mjs";

const comparedSteps = 20;

/**
 * How far losses are from a peer's, relative to the peer's: the most of any step. With dropout each draws masks of its
 * own, and only the means say something.
 */
function lossDifference(losses, peerLosses, dropout) {
  if (dropout === 0) return Math.max(...losses.map((loss, step) => Math.abs(loss / peerLosses[step] - 1)));
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  return Math.abs(sum(losses) / sum(peerLosses) - 1);
}

/** Codex and its peers train one shape from the same weights and batches, all running, in turn. */
async function compareShape(flags, shape, folder) {
  const { dropout, rounds } = flags;
  exportReference(flags, shape, folder);
  const servers = { codex: startCodex(flags, shape, { reference: folder, dropout }) };
  for (const peer of flags.peers) servers[peer] = startPyTorch(flags, shape, peer, { dropout });
  const names = Object.keys(servers);
  const first = {};
  for (const name of names) {
    await servers[name].ready;
    first[name] = await servers[name].run(comparedSteps);
  }
  const slowest = Math.max(...names.map((name) => median(first[name].ms)));
  const steps = Math.max(2, Math.round((flags.seconds * 1000) / slowest));
  const ms = Object.fromEntries(names.map((name) => [name, []]));
  const peak = {};
  for (let round = 0; round < rounds; round++) {
    for (const name of turnsOf(names, round)) {
      const reply = await servers[name].run(steps);
      ms[name].push(median(reply.ms));
      peak[name] = reply.peakMemoryBytes;
    }
  }
  const { parameters, device } = await servers.codex.ready;
  for (const server of Object.values(servers)) await server.stop();
  const tokens = shape.shape.microBatch * shape.shape.contextLength;
  const speedOf = (name) => ({ msPerStep: median(ms[name]), tokensPerSecond: (tokens * 1000) / median(ms[name]) });
  const peers = flags.peers.map((peer) => ({
    peer,
    ...speedOf(peer),
    speedRatio: pairwiseRatio(ms[peer], ms.codex),
    lossDifference: lossDifference(first.codex.loss, first[peer].loss, dropout),
    peakBytes: peak[peer],
    memoryRatio: peak.codex / peak[peer],
  }));
  const codex = { device, ...speedOf("codex"), peakBytes: peak.codex };
  return { shape: shape.text, parameters, dropout, rounds, stepsPerTurn: steps, codex, peers };
}

/** Speed, losses and memory of training. */
export async function run(flags) {
  const results = [];
  for (const shape of flags.shapes) {
    const folder = mkdtempSync(join(tmpdir(), "codex-bench-"));
    try {
      results.push(await compareShape(flags, shape, folder));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const rows = results.flatMap(({ shape, codex, peers }) =>
    peers.map((peer) => [
      shape,
      peer.peer,
      `${codex.msPerStep.toFixed(1)}, ${peer.msPerStep.toFixed(1)}`,
      `${codex.tokensPerSecond.toFixed(0)}, ${peer.tokensPerSecond.toFixed(0)}`,
      sayRatio(peer.speedRatio),
      peer.lossDifference.toExponential(1),
      `${sayMegabytes(codex.peakBytes)}, ${sayMegabytes(peer.peakBytes)}`,
      peer.memoryRatio.toFixed(2),
    ]),
  );
  const losses = flags.dropout === 0 ? "losses within" : "mean loss within";
  printTable(["shape", "peer", "ms a step", "tokens/s", "speed ratio", losses, "peak memory", "ratio"], rows);
  console.log("Pairs are Codex, peer. Speed ratio: the peer's time by Codex's, median of pairs (lowest–highest).");
  return results;
}
