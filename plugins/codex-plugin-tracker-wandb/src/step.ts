/** What is known of a step: JSON text by key. */
export interface Step {
  readonly step: number;
  /** Of the newest value, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly values: ReadonlyMap<string, string>;
}

export function withValues({ step, timeMs, values }: Step, added: Step): Step {
  return { step, timeMs: Math.max(timeMs, added.timeMs), values: new Map([...values, ...added.values]) };
}
