import assert from "node:assert/strict";
import type { Corpus, CorpusDocument } from "../contracts/corpus.js";
import { assertFingerprint } from "./assertions.js";
import { removeTemporaryFolders } from "./temporary-folder.js";
import { testRunner } from "./test-runner.js";

/** Conformance suite of the Corpus contract, over a corpus of two documents or more. */
export function describeCorpus(name: string, create: () => Corpus | Promise<Corpus>): void {
  const { describe, it, afterEach } = testRunner();

  describe(`${name} keeps the Corpus contract`, () => {
    afterEach(removeTemporaryFolders);

    it("gives documents with text, under ids that are each their own", async () => {
      const documents = await collect(await create());
      assert.ok(documents.length >= 2, "the suite wants two documents or more");
      assert.equal(new Set(documents.map((document) => document.id)).size, documents.length);
      for (const document of documents) {
        assert.ok(document.id.length > 0 && document.text.length > 0);
        assert.equal(Buffer.from(document.text, "utf8").toString("utf8"), document.text, "no lone surrogates");
      }
    });

    it("gives the same documents in the same order each time", async () => {
      const corpus = await create();
      const first = await collect(corpus);
      assert.deepEqual(await collect(corpus), first);
      assert.deepEqual(await collect(await create()), first);
    });

    it("can be left in the middle and read by two at once", async () => {
      const corpus = await create();
      for await (const document of corpus.documents()) {
        assert.ok(document);
        break;
      }
      const [one, two] = await Promise.all([collect(corpus), collect(corpus)]);
      assert.deepEqual(one, two);
    });

    it("has one fingerprint, however often it is asked or made", async () => {
      const corpus = await create();
      const fingerprint = await corpus.fingerprint();
      assertFingerprint(fingerprint);
      assert.equal(await corpus.fingerprint(), fingerprint);
      assert.equal(await (await create()).fingerprint(), fingerprint);
    });

    it("says which source each document belongs to, and what its sources' files are", async () => {
      const corpus = await create();
      const sources = (await corpus.sources?.()) ?? [];
      const names = new Set(sources.map((source) => source.name));
      assert.equal(names.size, sources.length, "each source has a name of its own");
      for (const { weight, files } of sources) {
        assert.ok(Number.isFinite(weight) && weight >= 0, "a weight is a finite number from 0 on");
        assert.equal(new Set(files.map((file) => file.id)).size, files.length, "a source names a file once");
        for (const { sizeBytes, sha256 } of files) {
          assert.ok(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0);
          assertFingerprint(sha256);
        }
      }
      for (const { source } of await collect(corpus)) {
        if (names.size > 1 || source !== undefined) assert.ok(names.has(source ?? ""), "the source is one of them");
      }
      assert.deepEqual(await (await create()).sources?.(), await corpus.sources?.());
    });
  });
}

async function collect(corpus: Corpus): Promise<CorpusDocument[]> {
  const documents: CorpusDocument[] = [];
  for await (const { id, text, source } of corpus.documents()) {
    documents.push(source === undefined ? { id, text } : { id, text, source });
  }
  return documents;
}
