import type { SeededRandom } from "../seeded-random.js";

const deep = (open: string, close: string, levels: number) => `${open.repeat(levels)}${close.repeat(levels)}`;

/** JSON texts that stand where another value is expected. */
const hostileJson: readonly string[] = [
  "null",
  "true",
  "-1",
  "0",
  "1.5",
  "-0",
  "1e400",
  "-1e400",
  "9007199254740993",
  "1152921504606846976",
  '"NaN"',
  '"-Infinity"',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  `"${"x".repeat(100_000)}"`,
  "[]",
  "{}",
  "[null]",
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"a":1,"a":2}',
  deep("[", "]", 50),
  deep("[", "]", 5000),
  deep("[", "]", 200_000),
  deep('{"a":', "}", 50).replace(":}", ":1}"),
  `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`,
  "[".repeat(1_000_000),
  "NaN",
  "Infinity",
  "undefined",
  "01",
  "/* */ 1",
];

interface Leaf {
  readonly start: number;
  readonly end: number;
}

/** A JSON text with one value of it, of whatever depth, replaced, doubled under its key, or removed. */
export function replaceValue(json: string, random: SeededRandom): string {
  const { start, end } = random.pick(valuesOf(json));
  return `${json.slice(0, start)}${random.pick(hostileJson)}${json.slice(end)}`;
}

/** A JSON object's text with a member more at its start. */
export function addMember(json: string, random: SeededRandom): string {
  const at = json.indexOf("{") + 1;
  const keys = ['"__proto__"', '"constructor"', '"toString"', '""', '"more"', '"\\u005f_proto__"'];
  const rest = json.slice(at);
  const comma = /^\s*\}/.test(rest) ? "" : ",";
  return `${json.slice(0, at)}${random.pick(keys)}:${random.pick(hostileJson)}${comma}${rest}`;
}

/** A JSON object's text whose first member stands there twice. */
export function doubleMember(json: string): string {
  const [first] = valuesOf(json).slice(1);
  const at = json.indexOf("{") + 1;
  return first ? `${json.slice(0, at)}${json.slice(at, first.end)},${json.slice(at)}` : json;
}

/** Where the values of a JSON text are, the whole first; strings that are keys are none. */
function valuesOf(json: string): readonly Leaf[] {
  const found: Leaf[] = [];
  const skipSpace = (at: number) => at + (/^\s*/.exec(json.slice(at, at + 64))?.[0].length ?? 0);
  const read = (from: number): number => {
    const start = skipSpace(from);
    const index = found.push({ start, end: start }) - 1;
    const end = json[start] === "{" || json[start] === "[" ? readMembers(start) : readScalar(start);
    found[index] = { start, end };
    return end;
  };
  const readScalar = (start: number) =>
    start + (/^(?:"(?:[^"\\]|\\.)*"|[^,\]}\s]+)/.exec(json.slice(start))?.[0].length ?? 0);
  const readMembers = (start: number): number => {
    let at = skipSpace(start + 1);
    while (json[at] !== "}" && json[at] !== "]") {
      if (json[start] === "{") at = skipSpace(readScalar(at)) + 1;
      at = skipSpace(read(at));
      if (json[at] === ",") at = skipSpace(at + 1);
    }
    return at + 1;
  };
  read(0);
  return found;
}
