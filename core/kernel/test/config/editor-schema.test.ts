import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { parse } from "yaml";
import { editorSchema } from "#src/config/editor-schema.js";
import { PluginCatalogue } from "#src/plugins/catalogue.js";
import { basePreset, standardEntry } from "./test-project.js";

describe("editorSchema", () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  const check = ajv.compile(editorSchema(new PluginCatalogue([standardEntry], [])));
  const isValid = (text: string): boolean => check(parse(text));

  it("accepts presets, whole and partial, and interpolations in the place of numbers", () => {
    expect(isValid(basePreset)).to.equal(true);
    expect(isValid("defaults: [model/nano]\nmodel: { type: gpt, layerCount: '${env:LAYERS}' }\ntracker:\n")).to.equal(
      true,
    );
    expect(isValid("model: { headCount: 2 }\ntracker: { files: {}, nightly: { type: remote, retries: 1 } }")).to.equal(
      true,
    );
    expect(isValid("optimizer: { type: codex-plugin-other#mine, anything: 1 }")).to.equal(true);
  });

  it("refuses unknown sections, types and keys, and wrong values", () => {
    for (const text of [
      "modl: {}",
      "model: { type: gtp }",
      "model: { type: gpt, layerCout: 2 }",
      "model: { type: gpt, layerCount: two }",
      "tracker: { files: { retries: 1 } }",
      "tracker: { nightly: { type: remote, retry: 1 } }",
      "trainer: { type: lm, guard: { maxSkippedSteps: many } }",
      "run: { sed: 1 }",
    ]) {
      expect(isValid(text), text).to.equal(false);
    }
  });
});
