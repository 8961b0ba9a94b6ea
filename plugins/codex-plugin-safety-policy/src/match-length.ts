/** What a regular expression's text tells of its matches. */
export interface MatchBounds {
  /** Longest match in UTF-16 units; Infinity when nothing bounds it. */
  readonly maxLength: number;
  /** A text that every match contains; empty when there is none to see. */
  readonly required: string;
}

/** A part of an expression: its longest match, and the character that it is if it is just one. */
interface Part {
  readonly maxLength: number;
  readonly literal?: string;
}

/**
 * Bounds on what an expression of RE2's syntax matches. The expression has to be valid: it was compiled before.
 *
 * @source https://github.com/google/re2/wiki/Syntax
 */
export function matchBounds(pattern: string): MatchBounds {
  return new BoundsReader(pattern).read();
}

class BoundsReader {
  private at = 0;
  /** Whether flags or anchors make a match depend on more than the text that it consists of. */
  private isPlain = true;

  constructor(private readonly pattern: string) {}

  read(): MatchBounds {
    const { maxLength, literals, branches } = this.alternation();
    const required = branches === 1 && this.isPlain ? longest(literals) : "";
    return { maxLength, required };
  }

  private alternation() {
    let maxLength = 0;
    let branches = 0;
    let literals: string[] = [];
    do {
      const branch = this.concatenation();
      maxLength = Math.max(maxLength, branch.maxLength);
      literals = branch.literals;
      branches++;
    } while (this.take("|"));
    return { maxLength, literals, branches };
  }

  private concatenation() {
    let maxLength = 0;
    const literals = [""];
    while (this.at < this.pattern.length && !this.ahead("|") && !this.ahead(")")) {
      const part = this.atom();
      const repeat = this.quantifier();
      maxLength += repeat.most === 0 || part.maxLength === 0 ? 0 : part.maxLength * repeat.most;
      if (part.literal !== undefined && repeat.isOnce) literals[literals.length - 1] += part.literal;
      else if (part.maxLength > 0 || !repeat.isOnce) literals.push("");
    }
    return { maxLength, literals };
  }

  private atom(): Part {
    if (this.take("(")) return this.group();
    if (this.take("[")) return { maxLength: this.characterClass() };
    if (this.take("\\")) return this.escape();
    if (this.match(/[$^]/y)) return this.anchor();
    if (this.take(".")) return { maxLength: 2 };
    const literal = String.fromCodePoint(this.pattern.codePointAt(this.at)!);
    this.at += literal.length;
    return { maxLength: literal.length, literal };
  }

  private anchor(): Part {
    this.isPlain = false;
    return { maxLength: 0 };
  }

  private group(): Part {
    const flags = this.match(/\?[imsU-]*(?=[:)])/y);
    if (flags && flags[0] !== "?") this.isPlain = false;
    if (flags && this.take(")")) return { maxLength: 0 };
    if (flags) this.take(":");
    else this.match(/\?P?<[^>]*>/y);
    const { maxLength } = this.alternation();
    this.take(")");
    return { maxLength };
  }

  /** 2 where a character beyond the Basic Multilingual Plane may match, which is two UTF-16 units long. */
  private characterClass(): number {
    const start = this.at;
    this.take("^");
    this.take("]");
    while (!this.take("]")) {
      if (!this.match(/\[:\^?[a-z]+:\]/y) && !this.match(/\\[pP](?:\{[^}]*\}|.)|\\./suy)) this.at++;
    }
    const inside = this.pattern.slice(start, this.at);
    return /^\^|\[:\^|\\[pPDWSx]|[^\0-\x7f]/u.test(inside) ? 2 : 1;
  }

  private escape(): Part {
    const quoted = this.match(/Q([\s\S]*?)(?:\\E|$)/y);
    if (quoted) return { maxLength: quoted[1]!.length };
    if (this.match(/[pP](?:\{[^}]*\}|.)|x(?:\{[^}]*\}|..)|[DWSC]/suy)) return { maxLength: 2 };
    if (this.match(/[AzZ]/y)) return this.anchor();
    if (this.match(/[bB]/y)) return { maxLength: 0 };
    if (this.match(/[0-7]{1,3}|[dwsatnrfv]/y)) return { maxLength: 1 };
    const literal = String.fromCodePoint(this.pattern.codePointAt(this.at)!);
    this.at += literal.length;
    return { maxLength: literal.length, literal };
  }

  private quantifier(): { readonly most: number; readonly isOnce: boolean } {
    let most = 1;
    const found = this.match(/[*+?]|\{(\d+)(?:(,)(\d*))?\}/y);
    if (!found) return { most, isOnce: true };
    if (found[0] === "*" || found[0] === "+" || (found[2] && !found[3])) most = Number.POSITIVE_INFINITY;
    else if (found[0] !== "?") most = Number(found[3] || found[1]);
    this.take("?");
    return { most, isOnce: false };
  }

  private match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.at;
    const found = expression.exec(this.pattern);
    if (found) this.at = expression.lastIndex;
    return found;
  }

  private ahead(text: string): boolean {
    return this.pattern.startsWith(text, this.at);
  }

  private take(text: string): boolean {
    const isAhead = this.ahead(text);
    if (isAhead) this.at += text.length;
    return isAhead;
  }
}

function longest(texts: readonly string[]): string {
  return texts.reduce((best, text) => (text.length > best.length ? text : best), "");
}
