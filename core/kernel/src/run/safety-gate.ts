import { createHash } from "node:crypto";
import type { JsonObject, Named } from "../contracts/json.js";
import type { SafetyFilter, SafetySpan, SafetyStage, SafetyVerdict } from "../contracts/safety-filter.js";
import type { SafetyGate, SafetyStream } from "../contracts/safety-gate.js";
import { type CodexError, isCodexError } from "../errors/codex-error.js";
import { safetyErrors } from "../errors/safety-errors.js";
import { withTimeLimit } from "../plugins/time-limit.js";
import { FilteredStream } from "./safety-stream.js";

export interface SafetyGateSettings {
  readonly signal: AbortSignal;
  /** Milliseconds in which a filter must answer. */
  readonly limitMs: number;
  /** Told of every verdict that is not `allow`, without the text. */
  onVerdict(facts: JsonObject): void;
  /** A filter that may fail without refusing: reported and left out from then on. Default: none. */
  isTolerant?(filter: string): boolean;
  onSkipped?(filter: string, error: CodexError): void;
}

/** What all filters together say of one text. Spans are merged and sorted. */
export interface JoinedVerdict {
  readonly drop: boolean;
  readonly spans: readonly (SafetySpan & { readonly replacement: string })[];
}

/** What a stream found before. */
export interface StreamHistory {
  /** UTF-16 units of the stream that lie before the text that is judged. */
  readonly offset: number;
  /** Spans that were recorded; added to. */
  readonly recorded: Set<string>;
}

const defaultReplacement = "[redacted]";

/**
 * All filters of a run as one. Every filter sees the text as it came; what any of them redacts is redacted. A filter
 * that throws, answers wrongly or not in time refuses.
 */
export class FilterGate implements SafetyGate {
  readonly #filters: Map<string, SafetyFilter>;

  constructor(
    filters: Named<SafetyFilter>,
    readonly settings: SafetyGateSettings,
  ) {
    this.#filters = new Map(Object.entries(filters));
  }

  /** Changes when a filter is left out: what was inspected without it has to be told apart. */
  get fingerprint(): string {
    const hash = createHash("sha256");
    for (const filter of this.#filters.values()) hash.update(filter.fingerprint).update("\n");
    return hash.digest("hex");
  }

  /** Whether there is nothing to ask. */
  get isEmpty(): boolean {
    return this.#filters.size === 0;
  }

  /** UTF-16 units that a stream must hold back. */
  get maxMatchLength(): number {
    return Math.max(0, ...[...this.#filters.values()].map((filter) => filter.maxMatchLength));
  }

  async inspect(
    texts: readonly string[],
    stage: SafetyStage,
    names?: readonly string[],
  ): Promise<readonly (string | undefined)[]> {
    if (this.isEmpty) return texts;
    const verdicts = await this.judge(texts, stage, names);
    return texts.map((text, index) => {
      const verdict = verdicts[index]!;
      return verdict.drop ? undefined : redact(text, verdict.spans);
    });
  }

  stream(stage: SafetyStage): SafetyStream {
    return new FilteredStream(this, stage);
  }

  /**
   * What all filters say of each text. A stream gives its history, so that what was found before is not recorded
   * again.
   *
   * @throws CODEX_SAFETY_REFUSED
   */
  async judge(
    texts: readonly string[],
    stage: SafetyStage,
    names?: readonly string[],
    history?: StreamHistory,
  ): Promise<readonly JoinedVerdict[]> {
    const found = texts.map(() => ({ drop: false, spans: [] as JoinedVerdict["spans"][number][] }));
    for (const [name, filter] of this.#filters) {
      const verdicts = await this.#ask(name, filter, texts, stage);
      for (const [index, verdict] of verdicts.entries()) {
        if (verdict.action === "allow") continue;
        if (isNews(name, verdict, history)) this.#record(name, verdict, stage, names?.[index], history?.offset);
        if (verdict.action === "refuse" || (verdict.action === "drop" && stage !== "data")) {
          throw refusal(name, stage, names?.[index], verdict.reason ?? rulesOf(verdict));
        }
        if (verdict.action === "drop") found[index]!.drop = true;
        const replacement = verdict.replacement ?? defaultReplacement;
        found[index]!.spans.push(...verdict.spans.map((span) => ({ ...span, replacement })));
      }
    }
    return found.map(({ drop, spans }) => ({ drop, spans: mergeSpans(spans) }));
  }

  async #ask(
    name: string,
    filter: SafetyFilter,
    texts: readonly string[],
    stage: SafetyStage,
  ): Promise<readonly SafetyVerdict[]> {
    const { limitMs, signal } = this.settings;
    try {
      const late = () => new Error(`it did not answer in ${limitMs} ms`);
      const verdicts = await withTimeLimit((async () => filter.inspect(texts, stage, signal))(), limitMs, late);
      checkVerdicts(verdicts, texts);
      return verdicts;
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      const refused = refusal(name, stage, undefined, `the filter failed: ${reason}`, error);
      if (this.settings.isTolerant?.(name)) {
        this.#filters.delete(name);
        this.settings.onSkipped?.(name, refused);
        return [];
      }
      this.settings.onVerdict({ filter: name, stage, action: "refuse", reason: "the filter failed" });
      throw isCodexError(error) && error.code === "CODEX_SAFETY_REFUSED" ? error : refused;
    }
  }

  #record(filter: string, verdict: SafetyVerdict, stage: SafetyStage, name?: string, offset = 0): void {
    this.settings.onVerdict({
      filter,
      stage,
      action: verdict.action,
      spans: verdict.spans.map(({ start, end, rule }) => ({ start: start + offset, end: end + offset, rule })),
      ...(name === undefined ? {} : { name }),
      ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
    });
  }
}

function checkVerdicts(verdicts: unknown, texts: readonly string[]): void {
  if (!Array.isArray(verdicts) || verdicts.length !== texts.length) {
    throw new TypeError(`it gave no verdict for each of ${texts.length} texts`);
  }
  for (const [index, verdict] of (verdicts as readonly SafetyVerdict[]).entries()) {
    if (!["allow", "redact", "drop", "refuse"].includes(verdict?.action) || !Array.isArray(verdict.spans)) {
      throw new TypeError("it gave a verdict that is none");
    }
    if (verdict.action === "redact" && verdict.spans.length === 0) throw new TypeError("it redacts without spans");
    for (const { start, end } of verdict.spans) {
      const inside = Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end;
      if (!inside || end > texts[index]!.length) throw new TypeError("it points outside the text");
    }
  }
}

/** Whether a verdict has a span that its stream did not record yet; it counts as recorded from now on. */
function isNews(filter: string, { spans }: SafetyVerdict, history: StreamHistory | undefined): boolean {
  if (!history || spans.length === 0) return true;
  const { offset, recorded } = history;
  const before = recorded.size;
  for (const { start, end, rule } of spans) recorded.add(JSON.stringify([filter, start + offset, end + offset, rule]));
  return recorded.size > before;
}

/** Overlapping spans as one, with the replacement of the first. */
function mergeSpans(spans: readonly JoinedVerdict["spans"][number][]): JoinedVerdict["spans"] {
  const merged: JoinedVerdict["spans"][number][] = [];
  for (const span of [...spans].sort((left, right) => left.start - right.start || right.end - left.end)) {
    const last = merged.at(-1);
    if (last && span.start < last.end) merged[merged.length - 1] = { ...last, end: Math.max(last.end, span.end) };
    else merged.push(span);
  }
  return merged;
}

function redact(text: string, spans: JoinedVerdict["spans"]): string {
  let redacted = "";
  let position = 0;
  for (const { start, end, replacement } of spans) {
    redacted += text.slice(position, start) + replacement;
    position = end;
  }
  return redacted + text.slice(position);
}

function rulesOf(verdict: SafetyVerdict): string {
  return [...new Set(verdict.spans.map((span) => span.rule))].join(", ") || verdict.action;
}

function refusal(
  filter: string,
  stage: SafetyStage,
  name: string | undefined,
  reason: string,
  cause?: unknown,
): CodexError {
  const text = stage === "data" ? "a document" : `the ${stage}`;
  return safetyErrors.CODEX_SAFETY_REFUSED({
    what: `Safety filter ${filter} refuses ${text}: ${reason}.`,
    where: name ?? `config → safety.${filter}`,
    cause,
  });
}
