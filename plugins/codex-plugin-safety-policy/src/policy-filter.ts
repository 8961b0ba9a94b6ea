import { createHash } from "node:crypto";
import type { SafetyFilter, SafetySpan, SafetyStage, SafetyVerdict } from "codex-core";
import type { Policy, PolicyRule } from "./load-policy.js";

const severity = { allow: 0, redact: 1, drop: 2, refuse: 3 } as const;

/** Literal and regular-expression rules on texts. */
export class PolicyFilter implements SafetyFilter {
  readonly fingerprint: string;
  readonly maxMatchLength: number;

  constructor(private readonly policy: Policy) {
    this.fingerprint = createHash("sha256")
      .update(`codex-safety-policy 1\n${JSON.stringify(policy.form)}`)
      .digest("hex");
    this.maxMatchLength = Math.max(...policy.rules.map((rule) => rule.matcher.maxLength));
  }

  async inspect(texts: readonly string[], stage: SafetyStage, signal: AbortSignal): Promise<readonly SafetyVerdict[]> {
    const rules = this.policy.rules.filter((rule) => rule.stages.includes(stage));
    return texts.map((text) => {
      signal.throwIfAborted();
      return this.verdictOn(text, rules);
    });
  }

  private verdictOn(text: string, rules: readonly PolicyRule[]): SafetyVerdict {
    const exempt = spansOf(text, rules, (rule) => rule.action === "allow");
    const found = spansOf(text, rules, (rule) => rule.action !== "allow").filter(
      (span) => !exempt.some(({ start, end }) => start <= span.start && span.end <= end),
    );
    if (found.length === 0) return { action: "allow", spans: [] };
    const named = new Set(found.map((span) => span.rule));
    const matched = rules.filter((rule) => named.has(rule.name));
    const { action } = matched.reduce((worst, rule) => (severity[rule.action] > severity[worst.action] ? rule : worst));
    const reason = `${matched.length > 1 ? "rules" : "rule"} ${matched.map((rule) => rule.name).join(", ")}`;
    return { action, spans: found, replacement: this.policy.replacement, reason };
  }
}

/** What rules find, in the order of the text. */
function spansOf(text: string, rules: readonly PolicyRule[], isWanted: (rule: PolicyRule) => boolean): SafetySpan[] {
  return rules
    .filter(isWanted)
    .flatMap((rule) => rule.matcher.find(text).map((stretch) => ({ ...stretch, rule: rule.name })))
    .sort((left, right) => left.start - right.start || right.end - left.end);
}
