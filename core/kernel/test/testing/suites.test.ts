import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import {
  type Checkpoint,
  type EncodedRow,
  type Evaluator,
  type LoadedCheckpoint,
  type Metric,
  type MetricAccumulator,
  type SafetyVerdict,
  type ScoredTokens,
  TokenizerPoint,
  TrackerPoint,
  type TrackerRecord,
  type TrainingRun,
} from "codex-core";
import {
  ByteTokenizer,
  CountingTrainer,
  createFromPlugin,
  createTemporaryFolder,
  describeBatchSource,
  describeCheckpointStore,
  describeCorpus,
  describeEvaluator,
  describeMetric,
  describeSafetyFilter,
  describeSchedule,
  describeTokenizer,
  describeTracker,
  describeTrainer,
  FakeEvaluator,
  fakePlugin,
  JsonCheckpointStore,
  MemoryBatchSource,
  MemoryCorpus,
  MemoryTracker,
  rejection,
  removeTemporaryFolders,
  restoreFromPlugin,
  WordFilter,
} from "codex-core/testing";
import { runSuite } from "./run-suite.js";

/** Each broken part must fail its suite at the check that is meant for it. */
async function expectFailure(declare: () => void, title: RegExp): Promise<void> {
  const failures = Object.keys(await runSuite(declare));
  expect(
    failures.some((failure) => title.test(failure)),
    `failures: ${failures.join(" | ") || "none"}`,
  ).to.equal(true);
}

describe("the conformance suites", () => {
  const restore = (folder: string) => ByteTokenizer.restore(folder);
  const tokenizer = (mutant: new () => ByteTokenizer) => () =>
    describeTokenizer("mutant", () => new mutant(), { restore });
  const metric = (start: () => MetricAccumulator<ScoredTokens>) => () =>
    describeMetric("mutant", () => ({ input: "tokens", start }) as Metric<"tokens"> as Metric);
  const corpus = new MemoryCorpus([
    "the whale swims in the sea. ".repeat(30),
    "call me anything you like. ".repeat(30),
  ]);

  it("pass for a part that keeps the contract", async () => {
    expect(await runSuite(tokenizer(ByteTokenizer))).to.deep.equal({});
  });

  const mutants: { readonly [title: string]: readonly [declare: () => void, fails: RegExp] } = {
    "a tokenizer that loses text": [
      tokenizer(
        class extends ByteTokenizer {
          override decode(ids: ArrayLike<number>): string {
            return super.decode(ids).trimEnd();
          }
        },
      ),
      /decodes them to the same text/,
    ],
    "a tokenizer that takes special tokens in text for such": [
      tokenizer(
        class extends ByteTokenizer {
          override encode(text: string): Uint32Array {
            return super.encode(text, { allowedSpecial: "all" });
          }
        },
      ),
      /special tokens in a text for plain text/,
    ],
    "a tokenizer that pads on the wrong side": [
      tokenizer(
        class extends ByteTokenizer {
          override encodeBatch(...[texts, options]: Parameters<ByteTokenizer["encodeBatch"]>): readonly EncodedRow[] {
            return super.encodeBatch(texts, { ...options, side: "right" });
          }
        },
      ),
      /pads to the longest row/,
    ],
    "a tokenizer that forgets the overlap": [
      tokenizer(
        class extends ByteTokenizer {
          override encodeBatch(...[texts, options]: Parameters<ByteTokenizer["encodeBatch"]>): readonly EncodedRow[] {
            return super.encodeBatch(texts, { ...options, stride: 0 });
          }
        },
      ),
      /overlap by stride/,
    ],
    "a tokenizer that saves too little": [
      () =>
        describeTokenizer("mutant", () => new ByteTokenizer(), {
          restore: () => Object.assign(new ByteTokenizer(), { fingerprint: "0".repeat(64) }),
        }),
      /saves into a folder/,
    ],
    "a tracker that changes its records": [
      () =>
        describeTracker(
          "mutant",
          () =>
            new (class extends MemoryTracker {
              override async write(records: readonly TrackerRecord[]): Promise<void> {
                for (const record of records) (record as { step: number }).step++;
              }
            })(),
        ),
      /without changing them/,
    ],
    "a tracker that starts another run when one goes on": [
      () =>
        describeTracker(
          "mutant",
          () =>
            new (class extends MemoryTracker {
              override async open(): Promise<string> {
                return `${Math.random()}`;
              }
            })(),
        ),
      /goes on with a run/,
    ],
    "a filter that tells the text": [
      () =>
        describeSafetyFilter(
          "mutant",
          () =>
            new (class extends WordFilter {
              override async inspect(texts: readonly string[]): Promise<readonly SafetyVerdict[]> {
                return (await super.inspect(texts)).map((verdict, index) => ({ ...verdict, reason: texts[index] }));
              }
            })("bad"),
          { unwanted: { text: "so bad", stage: "data" } },
        ),
      /leaves the text out/,
    ],
    "a filter that lets a batch pass": [
      () =>
        describeSafetyFilter(
          "mutant",
          () =>
            new (class extends WordFilter {
              override inspect(texts: readonly string[]): Promise<readonly SafetyVerdict[]> {
                return super.inspect(texts.slice(0, 1));
              }
            })("bad"),
          { unwanted: { text: "so bad", stage: "data" } },
        ),
      /one verdict for each text/,
    ],
    "a filter with longer matches than it says": [
      () =>
        describeSafetyFilter("mutant", () => Object.assign(new WordFilter("bad"), { maxMatchLength: 2 }), {
          unwanted: { text: "so bad", stage: "data" },
        }),
      /no longer than its longest match/,
    ],
    "a corpus in another order each time": [
      () => {
        let flip = false;
        describeCorpus("mutant", () => {
          flip = !flip;
          return new MemoryCorpus(flip ? ["one", "two"] : ["two", "one"]);
        });
      },
      /same order each time/,
    ],
    "a corpus with a document of a source that it does not name": [
      () =>
        describeCorpus(
          "mutant",
          () =>
            new (class extends MemoryCorpus {
              override async *documents() {
                for await (const document of super.documents()) yield { ...document, source: "elsewhere" };
              }
            })(["one", "two"]),
        ),
      /which source each document belongs to/,
    ],
    "a corpus whose files have no digest": [
      () =>
        describeCorpus("mutant", () =>
          Object.assign(new MemoryCorpus(["one", "two"]), {
            sources: async () => [{ name: "text", weight: 1, files: [{ id: "a.txt", sizeBytes: 3, sha256: "" }] }],
          }),
        ),
      /what its sources' files are/,
    ],
    "a batch source whose targets are its inputs": [
      () =>
        describeBatchSource(
          "mutant",
          async () => {
            const source = await MemoryBatchSource.create(corpus, new ByteTokenizer(), 1);
            return {
              fingerprint: source.fingerprint,
              open: async (...args: Parameters<typeof source.open>) => {
                const reader = await source.open(...args);
                const read = async (position: number) => {
                  const batch = await reader.read(position);
                  return { ...batch, targetIds: batch.tokenIds! };
                };
                return { ...reader, read };
              },
            };
          },
          { vocabSize: 257 },
        ),
      /each target the next token/,
    ],
    "a batch source that depends on the order of reading": [
      () =>
        describeBatchSource(
          "mutant",
          async () => {
            const source = await MemoryBatchSource.create(corpus, new ByteTokenizer(), 1);
            return {
              fingerprint: source.fingerprint,
              open: async (...args: Parameters<typeof source.open>) => {
                const reader = await source.open(...args);
                let next = 0;
                return { ...reader, read: () => reader.read(next++) };
              },
            };
          },
          { vocabSize: 257 },
        ),
      /same batch at a position/,
    ],
    "a schedule with a memory": [
      () => {
        describeSchedule("mutant", () => {
          let calls = 0;
          return { learningRate: (_step, { learningRate }) => learningRate / ++calls };
        });
      },
      /pure function/,
    ],
    "a schedule that hides what it uses": [
      () => {
        describeSchedule("mutant", () => ({
          learningRate: (step, { learningRate, maxSteps }) => learningRate / (1 + step / maxSteps),
          usesMaxSteps: false,
        }));
      },
      /says truly whether it uses maxSteps/,
    ],
    "a store that verifies nothing": [
      () =>
        describeCheckpointStore(
          "mutant",
          (folder) =>
            new (class extends JsonCheckpointStore {
              override async load(path: string): Promise<LoadedCheckpoint> {
                return super.load(path).catch(() => ({ step: 1 }) as LoadedCheckpoint);
              }
            })(folder),
        ),
      /notices a changed byte/,
    ],
    "a store that leaves half a checkpoint": [
      () =>
        describeCheckpointStore(
          "mutant",
          (folder) =>
            new (class extends JsonCheckpointStore {
              override async save(checkpoint: Checkpoint) {
                const saved = await super.save({ ...checkpoint, attachments: [] });
                for (const { name, write } of checkpoint.attachments) await write(join(saved.path, name));
                await writeFile(join(saved.path, "late"), "");
                return saved;
              }
            })(folder),
        ),
      /leaves no checkpoint behind/,
    ],
    "a trainer that does not save when interrupted": [
      () =>
        describeTrainer("mutant", ({ maxSteps, checkpoint }) => {
          const trainer = new CountingTrainer({ checkpoint }, { maxSteps, saveEvery: 1000, evalEvery: 9, stepMs: 0 });
          return {
            train: async (run: TrainingRun) => {
              const { signal } = new AbortController();
              const outcome = await trainer.train({ ...run, signal });
              return run.signal.aborted ? { ...outcome, status: "interrupted" as const } : outcome;
            },
          };
        }),
      /finishes the step, saves/,
    ],
    "a trainer that forgets the states of others": [
      () =>
        describeTrainer("mutant", ({ maxSteps, checkpoint }) => {
          const trainer = new CountingTrainer({ checkpoint }, { maxSteps, saveEvery: 1000, evalEvery: 9, stepMs: 0 });
          return { train: (run: TrainingRun) => trainer.train({ ...run, partStates: () => ({}) }) };
        }),
      /states of the other parts/,
    ],
    "a trainer that does not tell when a save begins": [
      () =>
        describeTrainer("mutant", ({ maxSteps, checkpoint }) => {
          const trainer = new CountingTrainer({ checkpoint }, { maxSteps, saveEvery: 1000, evalEvery: 9, stepMs: 0 });
          const quiet = { checkpointStart: async () => undefined };
          return { train: (run: TrainingRun) => trainer.train({ ...run, hooks: { ...run.hooks, ...quiet } }) };
        }),
      /tells those who look on/,
    ],
    "a metric that averages averages": [
      metric(() => {
        let [mean, any] = [0, false];
        const take = (value: number) => {
          mean = any ? (mean + value) / 2 : value;
          any = true;
        };
        return {
          add: ({ ranks }) => take(ranks.length),
          merge: (other) => take(other.result()[""]!),
          result: () => ({ "": any ? mean : Number.NaN }),
        };
      }),
      /pieces that are merged, in any order/,
    ],
    "a metric that keeps what it merges": [
      metric(() => {
        let ranks: number[] = [];
        return {
          add: (item) => ranks.push(...Array.from(item.ranks)),
          merge(other) {
            const theirs = (other as unknown as { ranks: number[] }).ranks;
            if (ranks.length === 0) ranks = theirs;
            else ranks.push(...theirs);
          },
          result: () => ({ "": ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length }),
          get ranks() {
            return ranks;
          },
        };
      }),
      /leaves the other as it was/,
    ],
    "a metric that is infinite for nothing": [
      metric(() => {
        let sum = 0;
        return {
          add: ({ ranks }) => {
            sum += ranks.length;
          },
          merge: (other) => {
            sum += Number.isFinite(other.result()[""]!) ? other.result()[""]! : 0;
          },
          result: () => ({ "": sum === 0 ? Number.POSITIVE_INFINITY : sum }),
        };
      }),
      /a number or NaN/,
    ],
    "an evaluator whose tokens have no facts": [
      () =>
        describeEvaluator("mutant", () => {
          const fake = new FakeEvaluator();
          const evaluator: Evaluator = {
            evaluate: ({ onTokens, ...request }) =>
              fake.evaluate({
                ...request,
                onTokens: (tokens) => {
                  onTokens?.({ ...tokens, logProbabilities: tokens.logProbabilities, ranks: [0, 0, 0] });
                },
              }),
          };
          return { evaluator, checkpoint: { step: 4 } as LoadedCheckpoint };
        }),
      /hands out tokens/,
    ],
    "an evaluator whose scores depend on the company": [
      () =>
        describeEvaluator("mutant", () => {
          const fake = new FakeEvaluator();
          const evaluator: Evaluator = {
            evaluate: (request) => fake.evaluate(request),
            score: ({ continuations, ...request }) =>
              fake.score({ ...request, continuations: continuations.toReversed() }),
          };
          const continuations = ["a", "bcd"].map((text) => ({ context: "", text }));
          return { evaluator, checkpoint: { step: 4 } as LoadedCheckpoint, continuations };
        }),
      /scores texts after their contexts/,
    ],
  };
  for (const [title, [declare, fails]] of Object.entries(mutants)) {
    it(`fail for ${title}`, () => expectFailure(declare, fails));
  }

  it("say so when there is no test runner", async () => {
    const scope = globalThis as unknown as { describe?: unknown };
    const { describe: outer } = scope;
    scope.describe = undefined;
    try {
      await rejection(async () => describeCorpus("x", () => corpus), "CODEX_TESTING_NO_RUNNER");
    } finally {
      scope.describe = outer;
    }
  });

  it("make parts of a plugin as the kernel would", async () => {
    const options = { writeMs: "x" };
    const refused = await createFromPlugin(fakePlugin, TrackerPoint, "fake", { options }).catch((error) => error);
    expect(String(refused)).to.include("writeMs");
    await rejection(() => createFromPlugin(fakePlugin, TrackerPoint, "gone"), "CODEX_TESTING_NOT_PROVIDED");
    const folder = await createTemporaryFolder();
    await new ByteTokenizer().save(folder);
    const restored = await restoreFromPlugin(fakePlugin, TokenizerPoint, "fake", folder);
    expect(restored.vocabSize).to.equal(257);
    await rejection(() => restoreFromPlugin(fakePlugin, TrackerPoint, "fake", folder), "CODEX_TESTING_NOT_PROVIDED");
    await removeTemporaryFolders();
  });
});
