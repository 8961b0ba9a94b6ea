import { z } from "zod";
import { templateProblem } from "./template.js";

const template = z.string().superRefine((text, context) => {
  const problem = templateProblem(text);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

/** Several templates, or one that is the field of a list. */
const templates = z.union([template, z.array(template).min(1)]);

const shots = z.strictObject({
  count: z.int().min(1).describe("Items that are shown with their answers before each question."),
  from: z
    .string()
    .min(1)
    .optional()
    .describe("File that they are the first ones of. Left out: `data`, without the item."),
});

const common = {
  data: z.string().min(1).describe("JSONL file, an object a line, beside the task's file."),
  limit: z.int().min(1).optional().describe("Take the first so many items."),
  description: z.string().default("").describe("Stands before all else."),
  prompt: template.describe("What an answer follows, with {{fields}} of the item."),
  delimiter: z.string().default(" ").describe("Stands between a prompt and its answer."),
  separator: z.string().default("\n\n").describe("Stands between the shots."),
  shots: shots.optional(),
  metric: z
    .record(z.string().regex(/^[A-Za-z0-9_-]+$/), z.looseObject({ type: z.string().optional() }).nullable())
    .optional()
    .describe("What measures it, as in the config's section `metric`."),
};

/** What a task's file holds. */
export const taskForm = z.discriminatedUnion("kind", [
  z
    .strictObject({
      kind: z.literal("choices"),
      ...common,
      choices: templates.describe("The answers to choose from."),
      answer: template.optional().describe("The right one, as one of the choices."),
      answerIndex: template.optional().describe("Its place among them, from 0 on."),
    })
    .refine(({ answer, answerIndex }) => (answer === undefined) !== (answerIndex === undefined), {
      message: "needs either answer or answerIndex",
    }),
  z.strictObject({ kind: z.literal("cloze"), ...common, answer: template.describe("What fits the gap.") }),
  z.strictObject({
    kind: z.literal("generate"),
    ...common,
    references: templates.describe("Texts that the answer is compared with."),
    maxNewTokens: z.int().min(1).default(64).describe("Tokens of an answer at the most."),
    stop: z.array(z.string().min(1)).default(["\n"]).describe("An answer ends before any of these."),
    temperature: z.number().min(0).default(0).describe("0 takes the likeliest token."),
    topK: z.int().min(1).optional().describe("Draw from the so many likeliest tokens. Left out: from all."),
    topP: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe("Draw from the fewest likeliest tokens whose probabilities reach this sum. Left out: from all."),
  }),
]);

export type TaskForm = z.output<typeof taskForm>;
