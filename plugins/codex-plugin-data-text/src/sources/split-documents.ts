import { hash } from "node:crypto";
import type { Corpus, CorpusDocument, OnRead, SafetyGate, Split } from "codex-core";
import { fileIdOf, wholeIdOf } from "./read-documents.js";

/** The name of the source of a corpus that has one. */
export const onlySource = "text";

const inspectedDocuments = 256;
/** UTF-16 units. */
const inspectedLength = 2 ** 20;

/** What decides which text is held out. */
export interface SplitRule {
  readonly kind: "documents" | "tails" | "files";
  readonly fraction: number;
  /** Ids of the files that are held out, for the kind `files`. */
  readonly heldOut: ReadonlySet<string>;
}

/** Text that goes to one split. */
export interface Segment {
  /** Name of the corpus's source that it comes from. */
  readonly source: string;
  readonly split: Split;
  readonly text: string;
  /** Whether it goes on where the split's last segment ended, without a boundary between them. */
  readonly continues: boolean;
}

/** What one pass saw beside the segments. */
export interface SplitFacts {
  firstDocument?: string;
  /** Documents that the safety filters dropped, by source. */
  readonly dropped: Map<string, number>;
  /** The smallest validationFraction that would hold out one document more. */
  nextFraction?: number;
}

/** Whether all documents are parts of one text. Reads no more than it has to: two files are two texts. */
export async function isSingleText(corpus: Corpus): Promise<boolean> {
  const files = (await corpus.sources?.())?.flatMap((source) => source.files);
  if (files && files.length > 1) return false;
  let first: string | undefined;
  for await (const { id } of corpus.documents()) {
    first ??= wholeIdOf(id);
    if (files?.[0]?.id === first) return true;
    if (wholeIdOf(id) !== first) return false;
  }
  return true;
}

/**
 * The segments of a corpus after its safety inspection, in order. Where a document goes depends on its content as it
 * is in the corpus, so that neither another document nor another safety rule moves it. Parts of one document that follow
 * each other and go to the same split have no boundary between them.
 */
export async function* splitDocuments(
  corpus: Corpus,
  rule: SplitRule,
  safety: SafetyGate,
  facts: SplitFacts,
  onRead?: OnRead,
): AsyncGenerator<Segment> {
  let last = "";
  for await (const documents of inspectable(corpus.documents(onRead))) {
    facts.firstDocument ??= documents[0]?.id;
    const texts = await safety.inspect(
      documents.map(({ text }) => text),
      "data",
      documents.map(({ id }) => id),
    );
    for (const [index, document] of documents.entries()) {
      const { id, source = onlySource } = document;
      const text = texts[index];
      if (text === undefined) {
        facts.dropped.set(source, (facts.dropped.get(source) ?? 0) + 1);
        last = "";
        continue;
      }
      for (const piece of piecesOf(document, text, rule, facts)) {
        if (piece.text.length === 0) continue;
        const place = `${source} ${piece.split} ${wholeIdOf(id)}`;
        yield { ...piece, source, continues: last === place };
        last = place;
      }
    }
  }
}

/** Documents in groups that are worth inspecting at once. */
async function* inspectable(documents: AsyncIterable<CorpusDocument>): AsyncGenerator<CorpusDocument[]> {
  let group: CorpusDocument[] = [];
  let length = 0;
  for await (const document of documents) {
    group.push(document);
    length += document.text.length;
    if (group.length < inspectedDocuments && length < inspectedLength) continue;
    yield group;
    group = [];
    length = 0;
  }
  if (group.length > 0) yield group;
}

function piecesOf(document: CorpusDocument, text: string, rule: SplitRule, facts: SplitFacts) {
  if (rule.kind === "tails") {
    const at = cutPoint(text, rule.fraction);
    return [
      { split: "train" as const, text: text.slice(0, at) },
      { split: "validation" as const, text: text.slice(at) },
    ];
  }
  const isHeldOut =
    rule.kind === "files" ? rule.heldOut.has(fileIdOf(document)) : isBelow(document.text, rule.fraction, facts);
  return [{ split: isHeldOut ? ("validation" as const) : ("train" as const), text }];
}

function isBelow(text: string, fraction: number, facts: SplitFacts): boolean {
  const place = hash("sha256", text, "buffer").readUIntBE(0, 6) / 2 ** 48;
  if (place < fraction) return true;
  facts.nextFraction = Math.min(facts.nextFraction ?? 1, place);
  return false;
}

/**
 * Where a text's held-out end begins: behind the empty line, else the line end, else the space that comes last before
 * the exact place and is near it, else at the exact place, never inside a character.
 */
export function cutPoint(text: string, fraction: number): number {
  if (fraction === 0) return text.length;
  const exact = Math.round(text.length * (1 - fraction));
  const farthest = exact - Math.ceil((text.length - exact) / 4);
  for (const boundary of ["\n\n", "\n", " "]) {
    const at = text.lastIndexOf(boundary, exact - boundary.length);
    if (at >= 0 && at + boundary.length > farthest) return at + boundary.length;
  }
  const unit = text.charCodeAt(exact);
  return unit >= 0xdc00 && unit <= 0xdfff ? exact - 1 : exact;
}
