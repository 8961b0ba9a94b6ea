/** The phases of a command, in the order in which a training goes through them. */
export const phases = [
  "load the checkpoint",
  "compose the parts",
  "plan",
  "make the parts",
  "begin the run",
  "train",
  "close the run",
] as const;

export type Phase = (typeof phases)[number];

/** `6:train, after step 40`. */
export function phaseText(phase: Phase, detail = ""): string {
  return `${phases.indexOf(phase) + 1}:${phase}${detail}`;
}
