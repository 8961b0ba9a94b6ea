import type { Project } from "../project.js";

/** What a check found. */
export interface Finding {
  readonly name: string;
  /** `note`: something that is not there and nothing waits for. */
  readonly status: "ok" | "note" | "failed";
  /** What was seen: a version, a size, a problem. */
  readonly detail: string;
  /** What to do, when it failed. */
  readonly fix?: string;
}

/** What checks look at. */
export interface DoctorSubject {
  readonly project: Project;
  readonly runsFolder: string;
}

/** Looks at one thing. May throw: that is a failure, too. */
export interface Check {
  readonly name: string;
  run(subject: DoctorSubject): Promise<readonly Finding[]> | readonly Finding[];
}

/** Runs checks one after another; none can keep the others from running. */
export async function runChecks(checks: readonly Check[], subject: DoctorSubject): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    try {
      findings.push(...(await check.run(subject)));
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      findings.push({
        name: check.name,
        status: "failed",
        detail,
        fix: "Report it with the output of `codex report`.",
      });
    }
  }
  return findings;
}
