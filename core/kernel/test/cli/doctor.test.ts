import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ComputePoint, definePlugin, type OptionsSchema, TrackerPoint } from "codex-core";
import { type Check, type DoctorSubject, runChecks } from "#src/cli/doctor/check.js";
import { configCheck } from "#src/cli/doctor/config-check.js";
import { diskCheck, memoryCheck, nodeCheck, runsFolderCheck } from "#src/cli/doctor/machine-checks.js";
import { partsCheck } from "#src/cli/doctor/parts-check.js";
import { koffiCheck, onnxRuntimeCheck, pluginsCheck } from "#src/cli/doctor/plugin-checks.js";
import { renderFindings } from "#src/cli/doctor/render-findings.js";
import type { PluginCatalogue } from "#src/plugins/catalogue.js";
import { brokenEntry, fakeCatalogue, fakeEntry, schema } from "./fake-catalogue.js";
import { FakeProject } from "./run-folders.js";

const anyOptions: OptionsSchema<object> = {
  "~standard": { version: 1, vendor: "test", validate: () => ({ value: {} }) },
};

function unused(): never {
  throw new Error("A check makes no part.");
}

describe("doctor", () => {
  let project: FakeProject;
  let subject: DoctorSubject;

  function subjectOf(catalogue: PluginCatalogue): DoctorSubject {
    const { folder, runsFolder } = project;
    return { project: { folder, catalogue, config: { plugins: [] } }, runsFolder };
  }

  beforeEach(() => {
    project = new FakeProject();
    subject = subjectOf(fakeCatalogue());
  });

  afterEach(() => project.dispose());

  it("finds this machine fit, and leaves nothing behind", async () => {
    const findings = await runChecks([nodeCheck, runsFolderCheck, diskCheck, memoryCheck], subject);
    expect(findings.map(({ status }) => status)).to.deep.equal(["ok", "ok", "ok", "ok"]);
    expect(readdirSync(project.folder)).to.deep.equal([]);
  });

  it("goes on after a check that throws", async () => {
    const failing: Check = {
      name: "fragile",
      run: () => {
        throw new Error("it broke");
      },
    };
    const findings = await runChecks([failing, nodeCheck], subject);
    expect(findings[0]).to.deep.include({ name: "fragile", status: "failed", detail: "it broke" });
    expect(findings[1]?.status).to.equal("ok");
  });

  it("names broken plugins with their fix, and the lack of any", async () => {
    const [none] = await runChecks([pluginsCheck], subject);
    expect(none).to.deep.include({ status: "failed", fix: "npm install codex-plugins" });
    const catalogue = fakeCatalogue(fakeEntry("codex-plugin-a"), brokenEntry);
    const findings = await runChecks([pluginsCheck], subjectOf(catalogue));
    expect(findings.map(({ status }) => status)).to.deep.equal(["ok", "failed"]);
    expect(findings[1]).to.deep.include({ detail: "codex-plugin-broken: It is too old.", fix: "Update it." });
  });

  it("shows what parts say of themselves", async () => {
    const folders: string[] = [];
    const definition = definePlugin({
      name: "codex-plugin-a",
      register(registrar) {
        registrar.provide(TrackerPoint, "told", {
          options: anyOptions,
          create: () => unused(),
          check: async (context) => {
            folders.push(context.folders.project);
            return [{ status: "failed", detail: "no pencil", fix: "Buy one." }];
          },
        });
        registrar.provide(TrackerPoint, "silent", { options: anyOptions, create: () => unused() });
      },
    });
    const entry = fakeEntry("codex-plugin-a", {}, { definition });
    const findings = await runChecks([partsCheck], subjectOf(fakeCatalogue(brokenEntry, entry)));
    expect(findings).to.deep.equal([{ name: "tracker told", status: "failed", detail: "no pencil", fix: "Buy one." }]);
    expect(folders).to.deep.equal([project.folder]);
  });

  it("hands a part the configs that select it, and no others, and the cache that they name", async () => {
    const seen: unknown[] = [];
    const caches: string[] = [];
    const definition = definePlugin({
      name: "codex-plugin-a",
      register(registrar) {
        const part = { options: anyOptions, create: () => unused() };
        registrar.provide(ComputePoint, "slide", part);
        registrar.provide(ComputePoint, "abacus", {
          ...part,
          check: async ({ configs, folders }) => {
            seen.push(...configs);
            caches.push(folders.cache);
            return [];
          },
        });
      },
    });
    const withBeads = { schema: { type: "object", properties: { beads: { type: "integer", default: 10 } } } };
    const entry = fakeEntry("codex-plugin-a", { compute: { abacus: withBeads, slide: schema } }, { definition });
    const usual = { objective: "next-token", optimizer: "adamw", schedule: "cosine", checkpoint: "local" };
    const types = { ...usual, trainer: "lm", evaluator: "lm", generator: "lm", tracker: "files" };
    const provides = Object.fromEntries(Object.entries(types).map(([point, type]) => [point, { [type]: schema }]));
    const defaults = fakeEntry("codex-plugin-usual", provides);
    mkdirSync(join(project.folder, "configs"));
    writeFileSync(
      join(project.folder, "configs/few.yaml"),
      "compute: { type: abacus, beads: 2 }\nrun: { cacheDir: kept }\n",
    );
    writeFileSync(join(project.folder, "configs/other.yaml"), "compute: { type: slide }\n");
    writeFileSync(join(project.folder, "configs/usual.yaml"), "compute: { type: abacus }\n");
    writeFileSync(join(project.folder, "configs/wrong.yaml"), "compute: { type: abacus, beads: many }\n");
    await runChecks([partsCheck], subjectOf(fakeCatalogue(entry, defaults)));
    expect(seen).to.deep.equal([
      { name: "few", section: { type: "abacus", beads: 2 } },
      { name: "usual", section: { type: "abacus", beads: 10 } },
    ]);
    expect(caches).to.deep.equal([join(project.folder, "kept")]);
  });

  it("shows a part that cannot say, and goes on with the others", async () => {
    const definition = definePlugin({
      name: "codex-plugin-a",
      register(registrar) {
        const part = { options: anyOptions, create: () => unused() };
        const check = async () => [{ status: "ok" as const, detail: "here" }];
        registrar.provide(TrackerPoint, "lost", { ...part, check: () => Promise.reject(new Error("no pencil")) });
        registrar.provide(TrackerPoint, "fit", { ...part, check });
      },
    });
    const fails = definePlugin({
      name: "codex-plugin-b",
      register: () => {
        throw new Error("no paper");
      },
    });
    const entries = [
      fakeEntry("codex-plugin-b", {}, { definition: fails }),
      fakeEntry("codex-plugin-a", {}, { definition }),
    ];
    const findings = await runChecks([partsCheck], subjectOf(fakeCatalogue(...entries)));
    expect(findings.map(({ name, status, detail }) => [name, status, detail])).to.deep.equal([
      ["plugin codex-plugin-b", "failed", findings[0]?.detail],
      ["tracker lost", "failed", "no pencil"],
      ["tracker fit", "ok", "here"],
    ]);
    expect(findings[0]?.detail).to.include("no paper");
  });

  it("says when a runs folder cannot be made", async () => {
    writeFileSync(join(project.folder, "runs"), "a file where a folder should be");
    const finding = (await runChecks([runsFolderCheck], subject))[0];
    expect(finding?.status).to.equal("failed");
    expect(finding?.fix).to.include("--output-dir");
  });

  it("asks for onnxruntime and koffi only where a plugin computes with them", async () => {
    expect(await runChecks([onnxRuntimeCheck, koffiCheck], subject)).to.deep.equal([]);
  });

  it("finds what an engine's plugin lacks", async () => {
    const folder = join(project.folder, "plugin");
    const modules = join(folder, "node_modules/onnxruntime-node");
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(folder, "package.json"), "{}");
    const catalogue = fakeCatalogue(fakeEntry("codex-plugin-engine", { compute: { onnx: schema } }, { folder }));
    const missing = await runChecks([onnxRuntimeCheck, koffiCheck], subjectOf(catalogue));
    expect(missing.map(({ status }) => status)).to.deep.equal(["failed", "failed"]);
    expect(missing[0]?.detail).to.include("not installed");
    expect(missing[1]?.detail).to.include("Cannot find module 'koffi'");

    writeFileSync(join(modules, "package.json"), JSON.stringify({ version: "1.30.0" }));
    const [bare] = await runChecks([onnxRuntimeCheck], subjectOf(catalogue));
    expect(bare?.detail).to.include("has no library for");

    const binaries = join(modules, "bin/napi-v6", process.platform, process.arch);
    mkdirSync(binaries, { recursive: true });
    writeFileSync(join(binaries, "libonnxruntime.so.1"), "");
    const [whole] = await runChecks([onnxRuntimeCheck], subjectOf(catalogue));
    expect(whole).to.deep.include({ status: "ok", detail: `1.30.0 for ${process.platform}/${process.arch}` });
  });

  it("validates each preset, and says what is wrong with the project's config", async () => {
    mkdirSync(join(project.folder, "configs/model"), { recursive: true });
    writeFileSync(join(project.folder, "configs/model/small.yaml"), "type: none\n");
    writeFileSync(join(project.folder, "configs/bad.yaml"), "modle: {}\n");
    const findings = await runChecks([configCheck], subject);
    expect(findings).to.have.length(1);
    expect(findings[0]).to.include({ name: "config bad", status: "failed" });
    expect(findings[0]?.detail).to.include("configs/bad.yaml").and.include("modle");

    const problem = brokenEntry.problem;
    const [broken] = await runChecks([configCheck], { ...subject, project: { ...subject.project, problem } });
    expect(broken).to.deep.include({ status: "failed", detail: "It is too old. (/p/x)", fix: "Update it." });
  });

  it("finds nothing wrong where there is no config", async () => {
    expect(await runChecks([configCheck], subject)).to.deep.equal([
      { name: "config", status: "ok", detail: "none here" },
    ]);
  });

  it("shows each fix below its failure, and counts", () => {
    const text = renderFindings(
      [
        { name: "Node", status: "ok", detail: "20" },
        { name: "GPU", status: "note", detail: "not installed" },
        { name: "disk", status: "failed", detail: "full", fix: "Free some." },
      ],
      false,
    );
    expect(text).to.equal(
      "ok      Node  20\nnote    GPU   not installed\nfailed  disk  full\n              Fix: Free some.\n\n" +
        "1 of 3 checks failed.\n",
    );
  });
});
