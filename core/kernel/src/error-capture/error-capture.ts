import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { type CodexError, isCodexError } from "../errors/codex-error.js";
import { makeFolder } from "../run/make-folder.js";
import { rememberCapturedFile } from "./captured-file.js";
import { type Phase, phaseText } from "./phase.js";
import { withoutPrivateText } from "./private-text.js";

export interface ErrorCaptureSettings {
  /** Takes the files until there is a run's folder: `.codex/errors` of the project. */
  readonly folder: string;
  readonly runId: string;
  /** Values that no message may show. */
  readonly secrets: readonly string[];
  /** Versions of node and codex-core. */
  readonly versions: { readonly [name: string]: string };
}

/**
 * Keeps what fails in a run as a question that a person can ask elsewhere: `errors.md`, and `errors.ndjson` for
 * programs. Secrets and what somebody wrote are left out. It never throws, and never changes what happens next.
 */
export class ErrorCapture {
  #folder: string;
  #runId: string;
  #phase: Phase = "compose the parts";
  #detail = "";

  constructor(readonly settings: ErrorCaptureSettings) {
    this.#folder = settings.folder;
    this.#runId = settings.runId;
  }

  enter(phase: Phase, detail = ""): void {
    this.#phase = phase;
    this.#detail = detail;
  }

  /** From now on the files are in the run's folder. */
  useFolder(folder: string, runId: string): void {
    this.#folder = folder;
    this.#runId = runId;
  }

  /** @param part the part that the run goes on without */
  async capture(error: CodexError, part?: string): Promise<void> {
    try {
      const record = this.#describe(error, part);
      const folder = this.#folder;
      await makeFolder(folder);
      appendFileSync(join(folder, "errors.md"), `${record.question}\n\n${factsOf(record)}\n\n`);
      appendFileSync(join(folder, "errors.ndjson"), `${JSON.stringify(record)}\n`);
      rememberCapturedFile(error, join(folder, "errors.md"));
    } catch {
      // The error itself is reported all the same.
    }
  }

  #describe(error: CodexError, part: string | undefined) {
    const { secrets, versions } = this.settings;
    const runId = this.#runId;
    const clean = (text: string) => withoutPrivateText(text, secrets);
    const timestamp = new Date().toISOString();
    const step = phaseText(this.#phase, this.#detail);
    const message = clean(error.message);
    const context = [
      `run ${runId}`,
      ...(part === undefined ? [] : [`the run goes on without ${clean(part)}`]),
      ...(error.where ? [`where: ${clean(error.where)}`] : []),
      ...Object.entries(versions).map(([name, version]) => `${name} ${version}`),
    ].join("; ");
    const question =
      `Question for ChatGPT @codex ${timestamp}: While performing [${step}], encountered the following error: ` +
      `[${message}]. Context: [${context}]. What are the possible causes, and how can this be resolved while ` +
      "preserving intended functionality?";
    return {
      timestamp,
      runId,
      step,
      code: error.code,
      message,
      causes: causesOf(error).map(clean),
      versions,
      question,
    };
  }
}

/** What an error came of, outermost first. */
function causesOf(error: Error): string[] {
  const causes: string[] = [];
  const seen = new Set<unknown>([error]);
  for (let cause = error.cause; cause !== undefined && !seen.has(cause) && causes.length < 10; ) {
    seen.add(cause);
    causes.push(isCodexError(cause) ? cause.message : String(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

function factsOf(record: { code: string; causes: readonly string[]; runId: string }): string {
  const causes = record.causes.map((cause) => `- Cause: ${cause}`);
  return [`- Code: ${record.code}`, ...causes, `- Run: ${record.runId}`].join("\n");
}
