const stringLiteral = /"(?:[^"\\]|\\.)*"/y;

/**
 * The first key that an object of a JSON text has twice, at any depth; `JSON.parse` silently keeps the last.
 *
 * @param json Text that `JSON.parse` accepts.
 */
export function findDuplicateKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let keyExpected = false;
  for (let index = 0; index < json.length; ) {
    const character = json[index];
    if (character === '"') {
      stringLiteral.lastIndex = index;
      const literal = stringLiteral.exec(json)?.[0] ?? '""';
      const keys = open.at(-1);
      if (keyExpected && keys) {
        const key = JSON.parse(literal) as string;
        if (keys.has(key)) return key;
        keys.add(key);
        keyExpected = false;
      }
      index += literal.length;
      continue;
    }
    if (character === "{") {
      open.push(new Set());
      keyExpected = true;
    } else if (character === "[") {
      open.push(undefined);
      keyExpected = false;
    } else if (character === "}" || character === "]") {
      open.pop();
      keyExpected = false;
    } else if (character === ",") {
      keyExpected = open.at(-1) !== undefined;
    }
    index += 1;
  }
  return undefined;
}
