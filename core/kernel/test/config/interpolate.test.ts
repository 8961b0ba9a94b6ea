import { expect } from "chai";
import { removeTemporaryFolders } from "#src/testing/temporary-folder.js";
import { basePreset, createProject } from "./test-project.js";

describe("interpolation", () => {
  afterEach(removeTemporaryFolders);

  it("takes values of other keys, defaults among them, and of the environment", async () => {
    const project = await createProject({
      "configs/a.yaml": `${basePreset}
run: { name: "b-\${trainer.maxSteps}-\${optimizer.learningRate}", outputDir: "\${env:OUT,out}/x", seed: "\${env:SEED}" }
trainer: { maxSteps: 7 }
schedule: { warmupSteps: "\${ trainer.maxSteps }" }
tracker: { remote: { url: "\${env:URL, http://a/b}", mode: "\${env:MODE}" } }
safety: { policy: { rules: "$\${literal}" } }
`,
    });
    const { value } = await project.load({ preset: "a", environment: { SEED: "12", MODE: "off" } });
    expect(value.run).to.deep.include({ name: "b-7-0.001", outputDir: "out/x", seed: 12 });
    expect(value.schedule).to.include({ warmupSteps: 7 });
    expect(value.tracker).to.have.nested.include({ "remote.url": "http://a/b", "remote.mode": "off" });
    expect(value.safety).to.have.nested.property("policy.rules", "${literal}");
  });

  it("copies lists and maps", async () => {
    const project = await createProject({
      "configs/a.yaml": `${basePreset}tracker: { remote: { retries: 2 }, other: "\${tracker.remote}" }\noptimizer: { betas: ["\${model.dropout}", 0.5] }\n`,
    });
    const { value } = await project.load({ preset: "a" });
    expect(value.tracker).to.have.nested.property("other.retries", 2);
    expect(value.optimizer).to.deep.include({ betas: [0, 0.5] });
  });

  it("settles types by it", async () => {
    const project = await createProject({
      "configs/a.yaml": `${basePreset}optimizer: { type: "\${env:OPT,adamw}" }\n`,
    });
    const { value } = await project.load({ preset: "a", environment: { OPT: "sgd" } });
    expect(value.optimizer).to.deep.equal({ type: "sgd", learningRate: 0.1, momentum: 0 });
  });

  it("keeps text from the environment text where text may stand", async () => {
    const project = await createProject({
      "configs/a.yaml": `${basePreset}tracker: { remote: { token: "\${env:KEY}" } }\n`,
    });
    const { value } = await project.load({ preset: "a", environment: { KEY: "0123" } });
    expect(value.tracker).to.have.nested.property("remote.token", "0123");
  });

  it("reports circles, once each", async () => {
    const project = await createProject({
      "configs/a.yaml": `${basePreset}run: { name: "\${run.outputDir}", outputDir: "\${run.cacheDir}", cacheDir: "x\${run.name}" }\n`,
    });
    const { code, text } = await project.fail({ preset: "a" });
    expect(code).to.equal("CODEX_CONFIG_INTERPOLATION_CYCLE");
    expect(text).to.include("run.name → run.outputDir → run.cacheDir → run.name").and.include("configs/a.yaml:4:");
    const self = await createProject({ "configs/a.yaml": `${basePreset}run: { name: "\${run}" }\n` });
    expect((await self.fail({ preset: "a" })).code).to.equal("CODEX_CONFIG_INTERPOLATION_CYCLE");
  });

  it("reports what is not there, and all of it", async () => {
    const project = await createProject({
      "configs/a.yaml": `${basePreset}
run: { name: "\${run.sead}", outputDir: "\${env:NOT_SET}", cacheDir: "\${run.seed" }
tracker: { remote: { url: "a\${model}" } }
`,
    });
    const { code, text, problems } = await project.fail({ preset: "a" });
    expect(code).to.equal("CODEX_CONFIG_INVALID");
    expect(text)
      .to.include("Did you mean ${run.seed}?")
      .and.include("NOT_SET")
      .and.include("not closed")
      .and.include("no single value");
    expect(problems.map((problem) => problem.error.code).sort()).to.deep.equal([
      "CODEX_CONFIG_ENV_MISSING",
      "CODEX_CONFIG_INTERPOLATION",
      "CODEX_CONFIG_INTERPOLATION",
      "CODEX_CONFIG_INTERPOLATION",
    ]);
    const alone = await createProject({ "configs/a.yaml": `${basePreset}run: { outputDir: "\${env:NOT_SET}" }\n` });
    expect((await alone.fail({ preset: "a" })).code).to.equal("CODEX_CONFIG_ENV_MISSING");
  });

  it("names the reference, not its value, where the value is wrong", async () => {
    const project = await createProject({ "configs/a.yaml": `${basePreset}run: { seed: "\${env:SEED}" }\n` });
    const { text } = await project.fail({ preset: "a", environment: { SEED: "hush" } });
    expect(text).to.include("run.seed must be a whole number, and is ${env:SEED}");
    expect(text).to.not.include("hush");
  });

  it("does not read names of objects as variables", async () => {
    const project = await createProject({
      "configs/a.yaml": `${basePreset}run: { outputDir: "\${env:constructor}" }\n`,
    });
    expect((await project.fail({ preset: "a" })).code).to.equal("CODEX_CONFIG_ENV_MISSING");
  });

  it("stops where references multiply", async () => {
    const texts = Array.from(
      { length: 40 },
      (_, index) => `  t${index}: { url: "\${tracker.t${index + 1}.url}\${tracker.t${index + 1}.url}", type: remote }`,
    );
    const text = await createProject({
      "configs/a.yaml": `${basePreset}tracker:\n${texts.join("\n")}\n  t40: { type: remote, url: xx }\n`,
    });
    expect((await text.fail({ preset: "a" })).text).to.include("grows beyond");
    const lists = Array.from(
      { length: 30 },
      (_, index) =>
        `  t${index}: { url: ["\${tracker.t${index + 1}.url}", "\${tracker.t${index + 1}.url}"], type: remote }`,
    );
    const list = await createProject({
      "configs/a.yaml": `${basePreset}tracker:\n${lists.join("\n")}\n  t30: { type: remote, url: [x] }\n`,
    });
    expect((await list.fail({ preset: "a" })).text).to.include("References multiply");
  });
});
