import type { TypedArray } from "codex-core";
import { alignElements } from "../state/aligned-memory.js";

const elementBytes = Float32Array.BYTES_PER_ELEMENT;

/** A stretch of memory that goes through an elementwise model: one start for each `elements` port, one length. */
export interface ElementRun {
  readonly memories: readonly TypedArray[];
  readonly length: number;
}

/** The memory of one member's `elements` ports, inputs before outputs; all of one length. */
export type MemberMemory = readonly TypedArray[];

/**
 * Joins members whose memory lies side by side in every port into runs, and cuts the runs into slices of `sliceLength`
 * elements at the most. The gaps that alignment leaves between tensors are part of a run: what is computed there is
 * never read.
 */
export function planElementRuns(members: readonly MemberMemory[], sliceLength: number): ElementRun[] {
  const ordered = members.filter((member) => (member[0]?.length ?? 0) > 0).sort(byAddress);
  const runs: ElementRun[] = [];
  for (const member of ordered) {
    const last = runs.at(-1);
    const length = member[0]!.length;
    if (last && follows(last, member)) {
      const distance = (member[0]!.byteOffset - last.memories[0]!.byteOffset) / elementBytes;
      runs[runs.length - 1] = { memories: last.memories, length: distance + length };
    } else {
      runs.push({ memories: member, length });
    }
  }
  return runs.flatMap((run) => cut(run, sliceLength));
}

/** Buffers have no order of their own; members of one buffer are ordered by where they lie in it. */
function byAddress(a: MemberMemory, b: MemberMemory): number {
  return a[0]!.buffer === b[0]!.buffer ? a[0]!.byteOffset - b[0]!.byteOffset : 0;
}

/** Whether a member starts, in every port, at the first aligned place after the run. */
function follows(run: ElementRun, member: MemberMemory): boolean {
  const distance = alignElements(run.length) * elementBytes;
  return run.memories.every((memory, port) => {
    const next = member[port]!;
    return next.buffer === memory.buffer && next.byteOffset - memory.byteOffset === distance;
  });
}

function cut(run: ElementRun, sliceLength: number): ElementRun[] {
  const slices: ElementRun[] = [];
  for (let start = 0; start < run.length; start += sliceLength) {
    const length = Math.min(sliceLength, run.length - start);
    slices.push({ length, memories: run.memories.map((memory) => slice(memory, start, length)) });
  }
  return slices;
}

/** Like `subarray`, but may reach past the tensor into its neighbours. */
function slice(memory: TypedArray, start: number, length: number): TypedArray {
  const byteOffset = memory.byteOffset + start * elementBytes;
  const { buffer } = memory;
  return memory instanceof Float32Array
    ? new Float32Array(buffer, byteOffset, length)
    : new Int32Array(buffer, byteOffset, length);
}
