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
  });
}

async function collect(corpus: Corpus): Promise<CorpusDocument[]> {
  const documents: CorpusDocument[] = [];
  for await (const { id, text } of corpus.documents()) documents.push({ id, text });
  return documents;
}
