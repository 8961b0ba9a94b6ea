import { parseArgs } from "node:util";

/**
 * A flag of a benchmark.
 *
 * @typedef {object} Flag
 * @property {string} [value] what stands for its value in the usage; a flag without one takes none
 * @property {string} says one line
 * @property {unknown} [default] in its read form
 * @property {(text: string) => unknown} [read] gives undefined for a text that does not fit
 */

/** What was wrong with the flags; answered with the usage and exit code 2. */
export class UsageError extends Error {}

const count = (text) => (/^[1-9]\d*$/.test(text) ? Number(text) : undefined);
const positive = (text) => (Number(text) > 0 && Number(text) < Number.POSITIVE_INFINITY ? Number(text) : undefined);
const share = (text) => (text !== "" && Number(text) >= 0 && Number(text) < 1 ? Number(text) : undefined);

/** A flag that takes one of some words. */
export const oneOf = (words, says, preset = words[0]) => ({
  value: words.join("|"),
  says,
  default: preset,
  read: (text) => (words.includes(text) ? text : undefined),
});

/** A flag that takes some of these words, separated by commas. */
export const someOf = (words, says, preset = words) => ({
  value: words.join(","),
  says,
  default: preset,
  read: (text) => (text.split(",").every((word) => words.includes(word)) ? text.split(",") : undefined),
});

export const countFlag = (says, preset) => ({ value: "N", says, default: preset, read: count });
export const positiveFlag = (says, preset) => ({ value: "N", says, default: preset, read: positive });
export const shareFlag = (says, preset) => ({ value: "SHARE", says, default: preset, read: share });
export const textFlag = (value, says, preset) => ({ value, says, default: preset, read: (text) => text });
export const switchFlag = (says) => ({ says, default: false });

/**
 * The values of flags by name.
 *
 * @param {readonly string[]} args
 * @param {Record<string, Flag>} flags
 * @throws UsageError for a flag that there is not, and a value that does not fit.
 */
export function readFlags(args, flags) {
  const values = {};
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, { type: flag.value ? "string" : "boolean" }]),
  );
  let given;
  try {
    given = parseArgs({ args, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error.message);
  }
  for (const [name, flag] of Object.entries(flags)) {
    const text = given[name];
    values[name] = text === undefined ? flag.default : flag.value ? flag.read(text) : text;
    if (text !== undefined && values[name] === undefined) {
      throw new UsageError(`--${name} takes ${flag.value}, not ${text}.`);
    }
  }
  return values;
}

/** A line for each flag. */
export function describeFlags(flags) {
  const heads = Object.entries(flags).map(([name, { value }]) => `--${name}${value ? ` ${value}` : ""}`);
  const width = Math.max(...heads.map((head) => head.length));
  return Object.values(flags)
    .map(({ says, default: preset }, i) => {
      const shown = preset === undefined || preset === false ? "" : ` Default: ${preset}.`;
      return `  ${heads[i].padEnd(width)}  ${says}${shown}`;
    })
    .join("\n");
}
