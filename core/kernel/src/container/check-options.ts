import { issueText } from "../contracts/issue-text.js";
import type { JsonObject } from "../contracts/json.js";
import type { OptionsSchema } from "../contracts/plugin.js";

/** What a plugin's schema refuses. */
export interface OptionIssues {
  readonly label: string;
  /** `.every: must be at least 1` */
  readonly issues: readonly string[];
  /** Whether a JSON Schema cannot say any of it: rules in code, formats. Only zod tells. */
  readonly areRules: boolean;
}

/** Codes of zod's issues that a JSON Schema does not find. */
const ruleCodes: readonly unknown[] = ["custom", "invalid_format"];

/** Options as the plugin's own schema completes them, or what it refuses. */
export async function checkOptions(
  label: string,
  schema: OptionsSchema<unknown>,
  options: JsonObject,
): Promise<{ readonly options?: unknown; readonly issues?: OptionIssues }> {
  try {
    const result = await schema["~standard"].validate(options);
    if (!result.issues) return { options: result.value };
    const areRules = result.issues.every((issue) => ruleCodes.includes((issue as { code?: unknown }).code));
    return { issues: { label, issues: result.issues.map(issueText), areRules } };
  } catch (error) {
    const failure = `: its schema failed (${error instanceof Error ? error.message : error})`;
    return { issues: { label, issues: [failure], areRules: true } };
  }
}
