/** Deepest nesting of objects and lists; nothing that Codex writes comes near. */
const maxDepth = 100;

/**
 * Parses JSON that anyone may have written. Beside what `JSON.parse` refuses, these are: bytes that are not UTF-8, an object
 * that has a key twice (of which it would silently keep the last), the key `__proto__`, and nesting that exhausts stack
 * or memory.
 *
 * @throws SyntaxError
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  checkKeysAndDepth(text);
  return JSON.parse(text);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SyntaxError("it is not UTF-8");
  }
}

/** The text need not be JSON yet: whatever is not is left to `JSON.parse`. */
function checkKeysAndDepth(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  let keyExpected = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '"') {
      const end = endOfString(text, index);
      const keys = keyExpected ? open.at(-1) : undefined;
      if (keys) addKey(keys, JSON.parse(text.slice(index, end)));
      keyExpected = false;
      index = end - 1;
    } else if (character === "{" || character === "[") {
      open.push(character === "{" ? new Set() : undefined);
      keyExpected = character === "{";
      if (open.length > maxDepth) throw new SyntaxError(`it is nested more than ${maxDepth} levels deep`);
    } else if (character === "}" || character === "]") {
      open.pop();
      keyExpected = false;
    } else if (character === ",") {
      keyExpected = open.at(-1) !== undefined;
    }
  }
}

/** Index after a string's closing quote. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index += 1) {
    if (text[index] === '"') return index + 1;
    if (text[index] === "\\") index += 1;
  }
  return text.length;
}

function addKey(keys: Set<string>, key: string): void {
  if (key === "__proto__") throw new SyntaxError("it has the key __proto__");
  if (keys.has(key)) throw new SyntaxError(`it has the key "${key}" twice`);
  keys.add(key);
}
