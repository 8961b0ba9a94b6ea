import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Json } from "../contracts/json.js";
import { makeFolder } from "./make-folder.js";
import { writeFileWhole } from "./write-file.js";

/** First and last number of records. */
export type SequenceRange = readonly [from: number, to: number];

/** What a tracker took of a run: `RUN/trackers/NAME.json`. */
export interface DeliveryState {
  /** The segment that the tracker has open, or had open last. */
  readonly segment: number;
  /** What the tracker's `open` of that segment returned; absent before. */
  readonly state?: Json;
  /** Records of that segment that are settled. */
  readonly settled: readonly SequenceRange[];
  /** The batch that was being written: it may have arrived, in part or whole. */
  readonly writing: readonly SequenceRange[];
  /** The tracker was told how the segment ended, and has all of it. */
  readonly closed: boolean;
  /** Digest of the tracker's place, which a secret may be a part of. */
  readonly place?: string;
  /** Records up to this number went to another place, and perhaps to this one before that. */
  readonly doubtfulUpTo?: number;
}

export const nothingDelivered: DeliveryState = { segment: 1, settled: [], writing: [], closed: false };

export function deliveryStatePath(runFolder: string, name: string): string {
  return join(runFolder, "trackers", `${name}.json`);
}

/** The state that a file holds; nothing delivered where there is none. */
export async function readDeliveryState(path: string): Promise<DeliveryState> {
  try {
    const { segment, settled, writing, closed, ...rest } = JSON.parse(await readFile(path, "utf8")) as DeliveryState;
    if (!Number.isSafeInteger(segment) || !areRanges(settled) || !areRanges(writing)) return nothingDelivered;
    return {
      segment,
      settled,
      writing,
      closed: closed === true,
      ...("state" in rest ? { state: rest.state } : {}),
      ...(typeof rest.place === "string" ? { place: rest.place } : {}),
      ...(Number.isSafeInteger(rest.doubtfulUpTo) ? { doubtfulUpTo: rest.doubtfulUpTo } : {}),
    };
  } catch {
    return nothingDelivered;
  }
}

export async function writeDeliveryState(path: string, state: DeliveryState): Promise<void> {
  await makeFolder(dirname(path));
  await writeFileWhole(path, `${JSON.stringify(state)}\n`);
}

/**
 * The state of a tracker with a place: where that is another one than the state is of, nothing was delivered there, as
 * far as is known. Two names of one place are two places: what is in doubt is asked for.
 */
export function stateAt(place: string | undefined, state: DeliveryState): DeliveryState {
  if (place === undefined) return state;
  const digest = createHash("sha256").update(place).digest("hex").slice(0, 16);
  if (state.place === undefined || state.place === digest) return { ...state, place: digest };
  const numbers = [...state.settled, ...state.writing].map(([, to]) => to);
  return { ...nothingDelivered, place: digest, doubtfulUpTo: Math.max(state.doubtfulUpTo ?? 0, ...numbers) };
}

/** The state of a further segment at the same place. */
export function stateOfSegment(segment: number, { place, doubtfulUpTo }: DeliveryState): DeliveryState {
  return {
    ...nothingDelivered,
    segment,
    ...(place === undefined ? {} : { place }),
    ...(doubtfulUpTo === undefined ? {} : { doubtfulUpTo }),
  };
}

export function isWithin(ranges: readonly SequenceRange[], sequence: number): boolean {
  return ranges.some(([from, to]) => sequence >= from && sequence <= to);
}

/** The numbers of records, ascending, as ranges without gaps. */
export function rangesOf(records: readonly { readonly sequence: number }[]): readonly SequenceRange[] {
  const ranges: [from: number, to: number][] = [];
  for (const { sequence } of records) {
    const last = ranges.at(-1);
    if (last && sequence === last[1] + 1) last[1] = sequence;
    else ranges.push([sequence, sequence]);
  }
  return ranges;
}

/** Ranges with others, further on, at their end. */
export function withRanges(
  ranges: readonly SequenceRange[],
  added: readonly SequenceRange[],
): readonly SequenceRange[] {
  const joined = [...ranges];
  for (const range of added) {
    const last = joined.at(-1);
    if (last && range[0] === last[1] + 1) joined[joined.length - 1] = [last[0], range[1]];
    else joined.push(range);
  }
  return joined;
}

function areRanges(value: unknown): value is readonly SequenceRange[] {
  return Array.isArray(value) && value.every((range) => Array.isArray(range) && range.every(Number.isSafeInteger));
}
