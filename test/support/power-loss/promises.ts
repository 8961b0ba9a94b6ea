import type { TraceEntry } from "./trace.js";

/** What is so at a mark, where nothing is being done. Checkpoints are named by `contentDigest`. */
export interface Kept {
  /** Checkpoints that are there, oldest first. */
  readonly kept: readonly string[];
  /** Checkpoints that were set aside since the mark before: they are somewhere, though not in their old place. */
  readonly setAside?: readonly string[];
}

/** What has to hold at a point of a trace. */
export interface Promised {
  /** What the newest checkpoint may be; undefined: none. */
  readonly newest: readonly (string | undefined)[];
  /** What has to be there beside it. */
  readonly kept: readonly string[];
  /** What has to be there or set aside. */
  readonly somewhere: readonly string[];
}

/**
 * At a mark, exactly what it says. Between two, the newest is the one of the mark before or the one of the next, and what
 * both name is there; while some are set aside, any of the mark before may be the newest.
 */
export function promisedAt(trace: readonly TraceEntry<Kept>[], index: number): Promised {
  const marks = trace.flatMap((entry, at) => (entry.op === "mark" ? [{ ...entry, at }] : []));
  const before = marks.findLast(({ at }) => at <= index);
  const next = marks.find(({ at }) => at > index);
  const kept = before?.kept ?? [];
  const aside = marks.flatMap(({ at, setAside = [] }) => (at <= index ? setAside : []));
  if (before?.at === index || !next) return { newest: [kept.at(-1)], kept, somewhere: aside };
  const { setAside = [] } = next;
  return {
    newest: [kept.at(-1), next.kept.at(-1), ...(setAside.length > 0 ? kept : [])],
    kept: kept.filter((digest) => next.kept.includes(digest)),
    somewhere: [...aside, ...setAside],
  };
}
