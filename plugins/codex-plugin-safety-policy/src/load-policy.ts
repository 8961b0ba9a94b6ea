import { readFile, stat } from "node:fs/promises";
import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { policyErrors } from "./errors.js";
import { type PolicyForm, policyForm, type RuleForm } from "./rule-form.js";
import { createMatcher, type RuleMatcher } from "./rule-matcher.js";

const maxFileBytes = 2 ** 20;
const shownProblems = 10;

/** A rule that is ready to be used. */
export interface PolicyRule extends RuleForm {
  readonly matcher: RuleMatcher;
}

/** A policy that is ready to be used. */
export interface Policy {
  readonly replacement: string;
  readonly rules: readonly PolicyRule[];
  /** The file's meaning, without comments and layout. */
  readonly form: PolicyForm;
}

interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/**
 * Reads a rule file. Everything in it has to be right; all that is wrong is told at once.
 *
 * @throws CODEX_SAFETY_RULES_UNREADABLE, CODEX_SAFETY_RULES_INVALID
 */
export async function loadPolicy(path: string): Promise<Policy> {
  return parsePolicy(await readRules(path), path);
}

/** @throws CODEX_SAFETY_RULES_INVALID */
export function parsePolicy(text: string, path: string): Policy {
  const source = new RuleSource(text, path);
  const form = source.form();
  const problems: Problem[] = [];
  const names = new Set<string>();
  const rules = form.rules.flatMap((rule, index) => {
    if (names.has(rule.name)) {
      problems.push(source.problem(["rules", index, "name"], `a rule is named ${rule.name} already`));
    }
    names.add(rule.name);
    try {
      return [{ ...rule, matcher: createMatcher(rule) }];
    } catch (error) {
      problems.push(source.problem(["rules", index, "regex"], error instanceof Error ? error.message : String(error)));
      return [];
    }
  });
  source.refuse(problems);
  return { replacement: form.replacement, rules, form };
}

async function readRules(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > maxFileBytes) throw new Error(`it has ${size} bytes; ${maxFileBytes} are the most`);
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw policyErrors.CODEX_SAFETY_RULES_UNREADABLE({
      what: `The safety rules cannot be read: ${problem}.`,
      where: path,
      cause,
    });
  }
}

/** YAML text that knows the lines of its values. */
class RuleSource {
  private readonly lines = new LineCounter();
  private readonly document;

  constructor(
    text: string,
    private readonly path: string,
  ) {
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false, uniqueKeys: true });
    const faults = [...this.document.errors, ...this.document.warnings];
    this.refuse(faults.map(({ pos, message }) => ({ ...this.place(pos[0]), message })));
  }

  form(): PolicyForm {
    const parsed = policyForm.safeParse(this.value());
    if (parsed.success) return parsed.data;
    throw this.error(parsed.error.issues.map((issue) => this.problem(pathOf(issue), messageOf(issue))));
  }

  problem(path: readonly PropertyKey[], message: string): Problem {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? this.document.contents : this.document.getIn(path.slice(0, length), true);
      const range = (node as { range?: readonly number[] } | null | undefined)?.range;
      if (range) return { ...this.place(range[0]!), message: `${textOf(path)}: ${message}` };
    }
    return { line: 1, column: 1, message: `${textOf(path)}: ${message}` };
  }

  refuse(problems: readonly Problem[]): void {
    if (problems.length > 0) throw this.error(problems);
  }

  private value(): unknown {
    try {
      return this.document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      throw this.error([{ line: 1, column: 1, message: error instanceof Error ? error.message : String(error) }]);
    }
  }

  private place(offset: number) {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  private error(problems: readonly Problem[]): Error {
    const shown = problems.slice(0, shownProblems);
    const told = shown.map(({ line, column, message }) => `line ${line}, column ${column}: ${message}`);
    const further = problems.length > shown.length ? ` … and ${problems.length - shown.length} more` : "";
    return policyErrors.CODEX_SAFETY_RULES_INVALID({
      what: `The safety rules cannot be used: ${told.join("; ")}${further}.`,
      where: `${this.path}:${problems[0]!.line}:${problems[0]!.column}`,
    });
  }
}

/** Where an issue is: at the key itself when the key is unknown. */
function pathOf(issue: z.core.$ZodIssue): readonly PropertyKey[] {
  return issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0]!] : issue.path;
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "unrecognized_keys") return issue.message;
  return `unknown ${issue.keys.length > 1 ? "keys" : "key"} ${issue.keys.join(", ")}`;
}

function textOf(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return text.replace(/^\./, "") || "the file";
}
