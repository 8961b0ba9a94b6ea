import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { CodexError } from "../errors/codex-error.js";
import { kernelVersion } from "../run/kernel-version.js";
import { makeFolder } from "../run/make-folder.js";
import { capturedFileOf, rememberCapturedFile } from "./captured-file.js";
import { causesOf } from "./causes.js";
import { PrivateTexts } from "./private-text.js";
import type { CapturedRun } from "./run-around.js";
import { type Step, stepsOf, stepText } from "./steps.js";

export interface ErrorCaptureSettings {
  /** The words of the command: `checkpoint list`. */
  readonly command: string;
  /** Takes the files while there is no run's folder that can; absent where there is no project. */
  readonly folder?: string;
  /** Values that no message may show. */
  readonly secrets: readonly string[];
}

/**
 * Keeps what fails in a command as a question that a person can ask elsewhere: `errors.md`, and `errors.ndjson` for
 * programs. Secrets and what somebody wrote are left out. It never throws, and never changes what happens next.
 */
export class ErrorCapture {
  readonly #private: PrivateTexts;
  #command: string;
  #step: string;
  #detail = "";
  #run: Partial<CapturedRun> = {};

  constructor(readonly settings: ErrorCaptureSettings) {
    this.#private = new PrivateTexts(settings.secrets);
    this.#command = settings.command;
    this.#step = ownStep(settings.command);
  }

  /** The words of the command: `checkpoint list`. */
  get command(): string {
    return this.#command;
  }

  /** A text in which all secrets are written `[secret]`. */
  withoutSecrets(text: string): string {
    return this.#private.withoutSecrets(text);
  }

  /** A command begins, whose words are known only now. */
  begin(command: string): void {
    this.#command = command;
    this.enterOwn();
  }

  /** A step begins. */
  enter(step: Step, detail = ""): void {
    this.#step = step;
    this.#detail = detail;
  }

  /** Does a step, after which the command's own work goes on. */
  async during<Value>(step: Step, work: () => Value | Promise<Value>): Promise<Value> {
    this.enter(step);
    const value = await work();
    this.enterOwn();
    return value;
  }

  /** The command's own work begins, or goes on. */
  enterOwn(): void {
    this.#step = ownStep(this.#command);
    this.#detail = "";
  }

  /** What fails from now on is of this run; where it has a folder, the files are there. */
  useRun(run: Partial<CapturedRun>): void {
    this.#run = { ...this.#run, ...run };
  }

  /** No message may show these values from now on. */
  hideSecrets(secrets: readonly string[]): void {
    this.#private.hideSecrets(secrets);
  }

  /** No message may show these texts, which somebody wrote. */
  hideTexts(texts: readonly string[]): void {
    this.#private.hideTexts(texts);
  }

  /**
   * Writes an error down, unless it was before.
   *
   * @param part the part that the command goes on without
   */
  async capture(error: CodexError, part?: string): Promise<void> {
    if (capturedFileOf(error) !== undefined) return;
    for (const folder of [this.#run.folder, this.settings.folder]) {
      if (folder === undefined) continue;
      try {
        const record = this.#describe(error, part);
        await makeFolder(folder);
        appendFileSync(join(folder, "errors.md"), `${record.question}\n\n${factsOf(record)}\n\n`);
        appendFileSync(join(folder, "errors.ndjson"), `${JSON.stringify(record)}\n`);
        rememberCapturedFile(error, join(folder, "errors.md"));
        return;
      } catch {
        // The error itself is reported all the same.
      }
    }
  }

  #describe(error: CodexError, part: string | undefined) {
    const versions = { "codex-core": kernelVersion(), node: process.version };
    const { runId = null } = this.#run;
    const cleaned = (text: string) => this.#private.leaveOut(text, { allQuotations: error.exitCode === 3 });
    const timestamp = new Date().toISOString();
    const step = `${stepText(this.#command, this.#step)}${this.#detail}`;
    const message = cleaned(error.message);
    const context = [
      `command ${this.#command}`,
      ...(runId === null ? [] : [`run ${runId}`]),
      ...(part === undefined ? [] : [`it goes on without ${cleaned(part)}`]),
      ...(error.where ? [`where: ${cleaned(error.where)}`] : []),
      ...Object.entries(versions).map(([name, version]) => `${name} ${version}`),
    ].join("; ");
    const question =
      `Question for ChatGPT @codex ${timestamp}: While performing [${step}], encountered the following error: ` +
      `[${message}]. Context: [${context}]. What are the possible causes, and how can this be resolved while ` +
      "preserving intended functionality?";
    const causes = causesOf(error).map(cleaned);
    return { timestamp, command: this.#command, runId, step, code: error.code, message, causes, versions, question };
  }
}

function ownStep(command: string): string {
  return stepsOf(command).at(-1)!;
}

function factsOf(record: { code: string; causes: readonly string[]; runId: string | null }): string {
  const causes = record.causes.map((cause) => `- Cause: ${cause}`);
  const run = record.runId === null ? [] : [`- Run: ${record.runId}`];
  return [`- Code: ${record.code}`, ...causes, ...run].join("\n");
}
