import { expect } from "chai";
import {
  CallbackPoint,
  CheckpointPoint,
  CorpusPoint,
  type JsonObject,
  ModelPoint,
  SafetyPoint,
  TokenizerPoint,
  TrackerPoint,
  TrainerPoint,
} from "codex-core";
import { inject, injectable, named } from "codex-core/kernel";
import {
  createTemporaryFolder,
  FakeModelLoader,
  rejection,
  removeTemporaryFolders,
  silentLogger,
} from "codex-core/testing";
import { discoverPlugins } from "#src/plugins/discover-plugins.js";
import { entryCode, installPlugin, linkKernel } from "../plugins/write-plugin.js";
import { planAndMake, pluginOf } from "./plan-and-make.js";

describe("planParts", () => {
  it("orders parts by what they depend on", async () => {
    const { plan } = await planAndMake([TrainerPoint]);
    const labels = plan.nodes.map((node) => node.request.label);
    expect(labels.at(-1)).to.equal("trainer");
    expect(labels.indexOf("corpus")).to.be.lessThan(labels.indexOf("batchSource"));
    expect(labels.indexOf("tokenizer")).to.be.lessThan(labels.indexOf("batchSource"));
    expect(labels).to.not.include("evaluator");
  });

  it("names the circle when parts depend on each other", async () => {
    const plugins = [
      pluginOf(TokenizerPoint, "snake", () => ({}), { model: ModelPoint }),
      pluginOf(ModelPoint, "snail", () => ({}), { tokenizer: TokenizerPoint }),
    ];
    const config = { tokenizer: { type: "snake" }, model: { type: "snail" } };
    const error = await rejection(() => planAndMake([TokenizerPoint], { plugins, config }), "CODEX_PART_CYCLE");
    expect(error.message).to.include("tokenizer → model → tokenizer");
  });

  it("says who needs a part that the config does not name", async () => {
    const config = { checkpoint: null };
    const error = await rejection(() => planAndMake([TrainerPoint], { config }), "CODEX_PART_MISSING");
    expect(error.message).to.include("trainer needs a checkpoint");
    expect(error.fix).to.include("checkpoint: { type:");
  });

  it("reports all options that the plugins' own schemas refuse, together", async () => {
    const plugins = [pluginOf(ModelPoint, "sized", () => ({}))];
    const config = {
      model: { type: "sized", size: 0, name: 3 },
      tracker: { fake: { writeMs: "slow" } },
    };
    const error = await rejection(
      () => planAndMake([ModelPoint, TrackerPoint], { plugins, config }),
      "CODEX_PART_OPTIONS",
    );
    expect(error.message).to.include("3 options are refused");
    expect(error.message).to.include("model.size").and.include("model.name").and.include("tracker.fake.writeMs");
    expect(error.exitCode).to.equal(2);
  });

  describe("options that a manifest's schema allows and its code refuses", () => {
    afterEach(removeTemporaryFolders);

    async function refused(options: string, given: JsonObject) {
      const project = await createTemporaryFolder();
      await linkKernel(project);
      await installPlugin(project, "codex-plugin-note", {
        files: {
          "options.schema.json": '{ "type": "object", "properties": { "path": { "type": "string" } } }',
          "index.js": entryCode("codex-plugin-note").replace("z.strictObject({})", options),
        },
      });
      const catalogue = await discoverPlugins({ projectFolder: project });
      const config = { tracker: { note: given } };
      return rejection(() => planAndMake([TrackerPoint], { config, plan: { catalogue } }), "CODEX_PART_OPTIONS");
    }

    it("are told as a disagreement of the plugin with itself", async () => {
      const error = await refused("z.strictObject({})", { path: "a" });
      expect(error.message).to.include('tracker.note: Unrecognized key: "path"');
      expect(error.why).to.equal(
        'In codex-plugin-note the JSON Schema of tracker "note" and the `options` of its code disagree: the first allows what the second refuses.',
      );
      expect(error.fix).to.include("derive its JSON Schema from its code");
    });

    it("are the config's mistake where the code has a rule that no JSON Schema can say, or where both refuse", async () => {
      const rule = 'z.strictObject({ path: z.string().refine((path) => path !== "a", "not a") })';
      const error = await refused(rule, { path: "a" });
      expect(error.message).to.include("tracker.note.path: not a");
      expect([error.why, error.fix]).to.deep.equal([undefined, "Correct the options in the config."]);
      expect((await refused(rule, { path: 3 })).why).to.equal(undefined);
    });
  });

  it("leaves out a tracker whose plugin fails, and refuses a safety filter whose plugin does", async () => {
    const config = { tracker: { gone: {}, fake: {} }, safety: { gone: {} } };
    const { plan, skipped } = await planAndMake([TrackerPoint], { config });
    expect(plan.at(TrackerPoint).map((node) => node.request.name)).to.deep.equal(["fake"]);
    expect(skipped).to.deep.equal(["tracker.gone CODEX_PLUGIN_UNKNOWN_TYPE"]);
    await rejection(() => planAndMake([SafetyPoint], { config }), "CODEX_PLUGIN_UNKNOWN_TYPE");
  });

  it("lets `optional: true` loosen a part whose failure would stop the run", async () => {
    const config = { safety: { gone: { optional: true } } };
    const { skipped } = await planAndMake([SafetyPoint], { config });
    expect(skipped).to.deep.equal(["safety.gone CODEX_PLUGIN_UNKNOWN_TYPE"]);
    const needed = { checkpoint: { type: "gone", optional: true } };
    const error = await rejection(() => planAndMake([TrainerPoint], { config: needed }), "CODEX_PART_MISSING");
    expect(error.why).to.include("its plugin failed and it is optional");
  });

  it("refuses replacements that are neither instances nor classes", async () => {
    for (const trainer of [() => ({}), 7, "lm"] as unknown as object[]) {
      const plan = { replacements: { trainer } };
      await rejection(() => planAndMake([TrainerPoint], { plan }), "CODEX_PART_REPLACEMENT");
    }
  });
});

describe("RunContainer", () => {
  it("makes each part once, when it is asked for", async () => {
    let made = 0;
    const plugins = [
      pluginOf(ModelPoint, "counted", () => {
        made++;
        return new FakeModelLoader();
      }),
    ];
    const config = { model: { type: "counted" } };
    const { container } = await planAndMake([TrainerPoint, ModelPoint], { plugins, config });
    expect(made).to.equal(0);
    const [one, two] = [await container.one(ModelPoint), await container.one(ModelPoint)];
    await container.one(TrainerPoint);
    expect(one).to.equal(two);
    expect(made).to.equal(1);
    expect([...container.made.keys()]).to.include.members(["model", "corpus", "trainer"]);
  });

  it("shares nothing with another run's container", async () => {
    const [one, two] = [await planAndMake([ModelPoint]), await planAndMake([ModelPoint])];
    expect(await one.container.one(ModelPoint)).to.not.equal(await two.container.one(ModelPoint));
  });

  it("hands out parts of several by name, in the order of the config", async () => {
    const config = { tracker: { second: { type: "fake" }, first: { type: "fake", writeMs: 7 } } };
    const { container } = await planAndMake([TrackerPoint], { config });
    const trackers = await container.many(TrackerPoint);
    expect(Object.keys(trackers)).to.deep.equal(["second", "first"]);
    expect(trackers.first).to.have.nested.property("options.writeMs", 7);
  });

  it("turns what a factory throws into a coded error, and passes coded errors on", async () => {
    const plugins = [
      pluginOf(ModelPoint, "bomb", () => {
        throw new Error("boom");
      }),
      pluginOf(ModelPoint, "nothing", () => undefined),
      pluginOf(ModelPoint, "coded", () =>
        rejection(() => planAndMake([CallbackPoint, CorpusPoint], { config: { data: null } })).then((error) =>
          Promise.reject(error),
        ),
      ),
    ];
    const failing = async (type: string) => {
      const { container } = await planAndMake([ModelPoint], { plugins, config: { model: { type } } });
      return rejection(() => container.one(ModelPoint));
    };
    const bomb = await failing("bomb");
    expect(bomb.code).to.equal("CODEX_PART_CREATE_FAILED");
    expect(bomb.message).to.include("model could not be made by codex-plugin-bomb: boom");
    expect(bomb.cause).to.be.instanceOf(Error);
    expect((await failing("nothing")).message).to.include("it made undefined, not a part");
    expect((await failing("coded")).code).to.equal("CODEX_PART_MISSING");
  });

  it("gives up a factory that never settles, and closes what it makes too late", async () => {
    let settle: (part: unknown) => void = () => undefined;
    const plugins = [
      pluginOf(
        ModelPoint,
        "slow",
        () =>
          new Promise((resolve) => {
            settle = resolve;
          }),
      ),
    ];
    const { container } = await planAndMake([ModelPoint], { plugins, config: { model: { type: "slow" } } });
    const error = await rejection(() => container.one(ModelPoint), "CODEX_PART_CREATE_TIMEOUT");
    expect(error.message).to.include("was not made by codex-plugin-slow in 100 ms");
    let closed = false;
    settle({
      dispose: () => {
        closed = true;
      },
    });
    await new Promise(setImmediate);
    expect(closed).to.equal(true);
  });

  it("stops waiting for a factory when the run is stopped, and closes what it makes then", async () => {
    const controller = new AbortController();
    let settle: (part: unknown) => void = () => undefined;
    let closed = false;
    const plugins = [
      pluginOf(ModelPoint, "busy", () => {
        setTimeout(() => controller.abort(), 5);
        return new Promise((resolve) => {
          settle = resolve;
        });
      }),
    ];
    const folders = { project: "/project", cache: "/cache" };
    const context = { logger: silentLogger, signal: controller.signal, seed: 1, folders };
    const container = { context, createMs: 60_000 };
    const made = await planAndMake([ModelPoint], { plugins, config: { model: { type: "busy" } }, container });
    const error = await made.container.one(ModelPoint).catch((reason: unknown) => reason);
    expect(error).to.equal(controller.signal.reason);
    settle({
      dispose: () => {
        closed = true;
      },
    });
    await new Promise(setImmediate);
    expect(closed).to.equal(true);
  });

  it("gives parts that read data more time", async () => {
    const later = (ms: number) => () => new Promise((resolve) => setTimeout(resolve, ms, {}));
    const plugins = [pluginOf(CorpusPoint, "large", later(140))];
    const { container } = await planAndMake([CorpusPoint], { plugins, config: { data: { type: "large" } } });
    await container.one(CorpusPoint);
  });

  it("leaves out trackers that cannot be made, and hands on the others", async () => {
    const plugins = [pluginOf(TrackerPoint, "bomb", () => Promise.reject(new Error("boom")))];
    const config = { tracker: { bomb: {}, fake: {} } };
    const { container, skipped } = await planAndMake([TrackerPoint], { plugins, config });
    expect(Object.keys(await container.many(TrackerPoint))).to.deep.equal(["fake"]);
    expect(skipped).to.deep.equal(["tracker.bomb CODEX_PART_CREATE_FAILED"]);
    expect(Object.keys(await container.many(TrackerPoint))).to.deep.equal(["fake"]);
    expect(skipped).to.have.length(1);
  });

  it("says what is missing when an optional part that another needs cannot be made", async () => {
    const plugins = [pluginOf(CheckpointPoint, "bomb", () => Promise.reject(new Error("boom")))];
    const config = { checkpoint: { type: "bomb", optional: true } };
    const { container } = await planAndMake([TrainerPoint], { plugins, config });
    const error = await rejection(() => container.one(TrainerPoint), "CODEX_PART_MISSING");
    expect(error.message).to.include("trainer needs checkpoint, which was left out");
  });

  describe("closing", () => {
    const closing =
      (log: string[], label: string, fails = false) =>
      () => ({
        dispose: async () => {
          log.push(label);
          if (fails) throw new Error(`${label} is stuck`);
        },
      });

    it("goes last-in-first-out, closes everything and tells all failures", async () => {
      const log: string[] = [];
      const plugins = [
        pluginOf(CorpusPoint, "closing", closing(log, "corpus", true)),
        pluginOf(TokenizerPoint, "closing-tokenizer", closing(log, "tokenizer"), { corpus: CorpusPoint }),
        pluginOf(ModelPoint, "closing-model", closing(log, "model", true), { tokenizer: TokenizerPoint }),
      ];
      const config = {
        data: { type: "closing" },
        tokenizer: { type: "closing-tokenizer" },
        model: { type: "closing-model" },
      };
      const { container } = await planAndMake([ModelPoint], { plugins, config });
      await container.one(ModelPoint);
      const failures = await container.dispose();
      expect(log).to.deep.equal(["model", "tokenizer", "corpus"]);
      expect(failures.map(({ label }) => label)).to.deep.equal(["model", "corpus"]);
      expect(await container.dispose()).to.deep.equal([]);
    });

    it("closes what was made when a later part fails, and nothing that was not", async () => {
      const log: string[] = [];
      const plugins = [
        pluginOf(CorpusPoint, "closing", closing(log, "corpus")),
        pluginOf(TokenizerPoint, "bomb", () => Promise.reject(new Error("boom")), { corpus: CorpusPoint }),
        pluginOf(ModelPoint, "closing-model", closing(log, "model")),
      ];
      const config = { data: { type: "closing" }, tokenizer: { type: "bomb" }, model: { type: "closing-model" } };
      const { container } = await planAndMake([TokenizerPoint, ModelPoint], { plugins, config });
      await rejection(() => container.one(TokenizerPoint));
      await container.dispose();
      expect(log).to.deep.equal(["corpus"]);
    });

    it("does not wait forever", async () => {
      const plugins = [pluginOf(ModelPoint, "stuck", () => ({ dispose: () => new Promise(() => undefined) }))];
      const { container } = await planAndMake([ModelPoint], { plugins, config: { model: { type: "stuck" } } });
      await container.one(ModelPoint);
      const [failure] = await container.dispose();
      expect(String(failure!.error)).to.include("did not close in 100 ms");
    });
  });

  describe("the caller's own parts", () => {
    it("takes an instance as it is, and does not close it", async () => {
      let closed = false;
      const model = Object.assign(new FakeModelLoader(), {
        dispose: () => {
          closed = true;
        },
      });
      const { container } = await planAndMake([TrainerPoint], { plan: { replacements: { model } } });
      expect(await container.one(ModelPoint)).to.equal(model);
      await container.dispose();
      expect(closed).to.equal(false);
    });

    it("makes a plain class with dependencies, options and context", async () => {
      class PlainTrainer {
        static readonly dependencies = { tokenizer: TokenizerPoint, trackers: TrackerPoint };
        readonly given: unknown[];
        constructor(...given: unknown[]) {
          this.given = given;
        }
      }
      const config = { trainer: { type: "own", maxSteps: 3 }, tracker: { fake: {} } };
      const plan = { replacements: { trainer: PlainTrainer } };
      const { container } = await planAndMake([TrainerPoint], { config, plan });
      const { given } = (await container.one(TrainerPoint)) as unknown as PlainTrainer;
      expect(given[0]).to.have.property("tokenizer", await container.one(TokenizerPoint));
      expect(given[0]).to.have.nested.property("trackers.fake");
      expect(given[1]).to.deep.equal({ maxSteps: 3 });
      expect(given[2]).to.have.nested.property("folders.project", "/project");
    });

    it("makes a class decorated by inversify with the parts that it names by token", async () => {
      let closed = false;
      class DecoratedTrainer {
        constructor(
          readonly tokenizer: unknown,
          readonly tracker: unknown,
        ) {}
        dispose() {
          closed = true;
        }
      }
      injectable()(DecoratedTrainer);
      inject(TokenizerPoint.token)(DecoratedTrainer, undefined, 0);
      inject(TrackerPoint.token)(DecoratedTrainer, undefined, 1);
      named("fake")(DecoratedTrainer, undefined, 1);
      const plan = { replacements: { trainer: DecoratedTrainer } };
      const config = { tracker: { fake: {} } };
      const { container } = await planAndMake([TrainerPoint], { config, plan });
      const trainer = (await container.one(TrainerPoint)) as unknown as DecoratedTrainer;
      expect(trainer.tokenizer).to.equal(await container.one(TokenizerPoint));
      expect(trainer.tracker).to.equal((await container.many(TrackerPoint)).fake);
      await container.dispose();
      expect(closed).to.equal(true);
    });

    it("adds parts of several beside the config's, and takes the place of those of the same name", async () => {
      class MyTracker {}
      const config = { tracker: { fake: {}, mine: { type: "fake" } } };
      const plan = { replacements: { tracker: { mine: MyTracker, more: new MyTracker() } } };
      const { container } = await planAndMake([TrackerPoint], { config, plan });
      const trackers = await container.many(TrackerPoint);
      expect(Object.keys(trackers)).to.deep.equal(["fake", "mine", "more"]);
      expect(trackers.mine).to.be.instanceOf(MyTracker);
      expect(trackers.fake).to.not.be.instanceOf(MyTracker);
    });

    it("wraps what a constructor throws", async () => {
      class Broken {
        constructor() {
          throw new Error("boom");
        }
      }
      const { container } = await planAndMake([TrainerPoint], { plan: { replacements: { trainer: Broken } } });
      const error = await rejection(() => container.one(TrainerPoint), "CODEX_PART_CREATE_FAILED");
      expect(error.message).to.include("the caller's own part: boom");
    });
  });
});
