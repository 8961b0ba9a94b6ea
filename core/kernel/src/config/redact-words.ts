/**
 * The words of a command line, with `…` for the values of overrides that set secrets, or hold some.
 *
 * @param secrets dotted paths
 */
export function redactWords(words: readonly string[], secrets: readonly string[]): readonly string[] {
  return words.map((word) => {
    const key = /^\+?([^=]+)=/.exec(word)?.[1];
    if (key === undefined) return word;
    const isSecret = secrets.some((path) => isWithin(path, key) || isWithin(key, path));
    return isSecret ? `${word.slice(0, word.indexOf("="))}=…` : word;
  });
}

function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}.`);
}
