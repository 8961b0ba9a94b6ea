import { z } from "zod";

const stages = ["data", "prompt", "completion"] as const;

/** One rule as it stands in a file. */
export const ruleForm = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "a name has lower-case letters, digits and single hyphens"),
    description: z.string().optional(),
    literal: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
    regex: z.string().min(1).optional(),
    stages: z
      .array(z.enum(stages))
      .min(1)
      .default([...stages]),
    action: z.enum(["allow", "redact", "drop", "refuse"]),
    caseSensitive: z.boolean().default(true),
    wholeWord: z.boolean().optional(),
  })
  .refine((rule) => (rule.literal === undefined) !== (rule.regex === undefined), "a rule has a literal or a regex")
  .refine((rule) => rule.wholeWord === undefined || rule.regex === undefined, {
    path: ["wholeWord"],
    message: "wholeWord goes with literal; a regex says \\b",
  });

/** A whole rule file. */
export const policyForm = z.strictObject({
  version: z.literal(1),
  replacement: z.string().max(1000).default("[redacted]"),
  rules: z.array(ruleForm).min(1),
});

export type RuleForm = z.output<typeof ruleForm>;
export type PolicyForm = z.output<typeof policyForm>;
