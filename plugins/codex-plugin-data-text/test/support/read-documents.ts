import { join } from "node:path";
import type { CorpusDocument } from "codex-core";
import { documentsOf } from "#src/sources/read-documents.js";
import { createProject } from "./corpus-folder.js";

/** Sizes so small that every limit is met. */
export const sizes = { chunkBytes: 7, partLength: 40, lineLength: 200, sliceBytes: 100 };

/** The documents of a file with this content. */
export async function readDocuments(
  id: string,
  content: string | Uint8Array,
  textField = "text",
): Promise<CorpusDocument[]> {
  const project = await createProject({ [id]: content });
  const documents: CorpusDocument[] = [];
  for await (const document of documentsOf({ id, path: join(project, id) }, { textField, sizes })) {
    documents.push({ id: document.id, text: document.text });
  }
  return documents;
}
