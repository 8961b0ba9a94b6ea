import { expect } from "chai";
import { explainKey } from "#src/config/explain.js";
import { redactWords } from "#src/config/redact-words.js";
import { readRunSection } from "#src/run/kernel-state.js";
import { removeTemporaryFolders } from "#src/testing/temporary-folder.js";
import { basePreset, createProject } from "./test-project.js";

const secret = "s3cr3t-value";

describe("secrets", () => {
  afterEach(removeTemporaryFolders);

  it("are left out of all that is written, wherever they were copied to", async () => {
    const project = await createProject({
      "configs/a.yaml": `${basePreset}
tracker:
  remote: { token: "\${env:TOKEN}", url: "http://x/\${tracker.remote.token}", login: { user: me, password: ${secret} } }
  second: { type: remote, token: "\${env:NONE,${secret}}", url: "\${tracker.remote.url}" }
`,
    });
    const config = await project.load({ preset: "a", environment: { TOKEN: secret } });
    expect(config.value.tracker).to.have.nested.property("remote.token", secret);
    expect(config.secrets).to.deep.equal([
      "tracker.remote.url",
      "tracker.remote.token",
      "tracker.remote.login",
      "tracker.second.url",
      "tracker.second.token",
    ]);
    expect(JSON.stringify(config.redacted())).to.not.include(secret);
    expect(config.toYaml()).to.not.include(secret);
    expect(config.toYaml()).to.include("retries: 3");
    expect(JSON.stringify(config.origins)).to.not.include(secret);
    expect(JSON.stringify(explainKey(config, "tracker"))).to.not.include(secret);
  });

  it("are what variables hold whose names say so, and what is made of them", async () => {
    const project = await createProject({
      "configs/a.yaml": `${basePreset}run: { tags: { a: "\${env:MY_API_KEY}", b: "x-\${run.tags.a}", c: "\${env:COLOUR}" } }\n`,
    });
    const environment = { MY_API_KEY: secret, COLOUR: "blue" };
    const config = await project.load({ preset: "a", environment });
    expect(config.secrets).to.deep.equal(["run.tags.a", "run.tags.b"]);
    expect(config.redacted()).to.have.nested.property("run.tags").that.deep.equals({ c: "blue" });
    const { tags, name } = readRunSection({ config, projectFolder: "/p" });
    expect({ tags, name }).to.deep.equal({ tags: { c: "blue" }, name: config.value.run!["name" as never] ?? "run" });
  });

  it("do not show in errors, explanations or origins when they come by override", async () => {
    const project = await createProject({ "configs/a.yaml": `${basePreset}tracker: { remote: {} }\n` });
    const overrides = [`tracker.remote.token=${secret}`];
    const config = await project.load({ preset: "a", overrides });
    const [explained] = explainKey(config, "tracker.remote.token");
    expect(explained).to.deep.include({ isSecret: true, from: "override tracker.remote.token" });
    expect(JSON.stringify([explained, config.origins])).to.not.include(secret);
    const wrong = await project.fail({ preset: "a", overrides: [`tracker.remote.token=[${secret}]`] });
    expect(wrong.text).to.include("must be a text");
    expect(wrong.text).to.not.include(secret);
  });

  it("are taken out of command lines, in flow maps too", () => {
    const words = ["train", "--config", "a=b", "+tracker.remote={token: x}", "tracker.remote.token=x=y", "run.seed=1"];
    expect(redactWords(words, ["tracker.remote.token"])).to.deep.equal([
      "train",
      "--config",
      "a=b",
      "+tracker.remote=…",
      "tracker.remote.token=…",
      "run.seed=1",
    ]);
    expect(redactWords(["+tracker.x={uri: 'http://me:pass@host:1/a'}", "https://host/a"], [])).to.deep.equal([
      "+tracker.x={uri: 'http://me:…@host:1/a'}",
      "https://host/a",
    ]);
    expect(redactWords(["tracker.remote.login.password=x"], ["tracker.remote.login"])[0]).to.match(/=…$/);
  });

  it("leave a YAML that is itself a preset and resolves to the same", async () => {
    const project = await createProject({
      "configs/a.yaml": `${basePreset}run: { outputDir: "$\${x}" }\noptimizer: { type: sgd }\n`,
    });
    const first = await project.load({ preset: "a" });
    const again = await createProject({ "configs/b.yaml": first.toYaml() });
    expect((await again.load({ preset: "b" })).value).to.deep.equal(first.value);
  });
});
