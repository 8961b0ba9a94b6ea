/** The password of an address. */
const password = /(:\/\/[^\s/@:]*:)[^\s/@]+(?=@)/g;

/** A text with `…` for passwords of addresses. */
export function withoutPasswords(text: string): string {
  return text.replace(password, "$1…");
}

/**
 * The words of a command line, with `…` for the values of overrides that set secrets, or hold some, and for
 * passwords of addresses.
 *
 * @param secrets dotted paths
 */
export function redactWords(words: readonly string[], secrets: readonly string[]): readonly string[] {
  return words.map((whole) => {
    const word = withoutPasswords(whole);
    const key = /^\+?([^=]+)=/.exec(word)?.[1];
    if (key === undefined) return word;
    const isSecret = secrets.some((path) => isWithin(path, key) || isWithin(key, path));
    return isSecret ? `${word.slice(0, word.indexOf("="))}=…` : word;
  });
}

function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}.`);
}
