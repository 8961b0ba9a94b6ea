import { expect } from "chai";
import type { JsonObject } from "codex-core";
import { describeValues } from "#src/config/describe-values.js";
import { viewOf } from "#src/config/schema-view.js";

describe("describeValues", () => {
  const said = (schema: JsonObject) => describeValues(viewOf(schema));

  it("says kind, range and unit of numbers, and leaves out what is no limit", () => {
    expect(said({ type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER })).to.equal("whole number ≥ 1");
    expect(said({ type: "integer", minimum: 0, maximum: 9, "x-codex-unit": "steps" })).to.equal(
      "whole number of steps from 0 to 9",
    );
    expect(said({ type: "number", exclusiveMinimum: 0, "x-codex-unit": "seconds" })).to.equal("number of seconds > 0");
    expect(said({ type: "number", minimum: 0, exclusiveMaximum: 1 })).to.equal("number ≥ 0 and < 1");
    expect(said({ type: "number" })).to.equal("number");
  });

  it("lists the values of enums and of unions, and sets them apart where asked", () => {
    const device: JsonObject = { type: "string", enum: ["auto", "cpu", "two words"] };
    expect(said(device)).to.equal('"auto", "cpu" or "two words"');
    expect(describeValues(viewOf({ type: "boolean" }), (value) => `<${value}>`)).to.equal("<true> or <false>");
    expect(said({ anyOf: [{ type: "integer", minimum: 0 }, { const: false }] })).to.equal("whole number ≥ 0 or false");
    expect(said({ type: ["string", "boolean", "null"] })).to.equal("text, true, false or null");
  });

  it("says what lists and maps hold", () => {
    expect(said({ type: "array", items: { type: "string" } })).to.equal("list of texts");
    expect(said({ type: "array", items: { type: "integer", minimum: 1 }, "x-codex-unit": "words" })).to.equal(
      "list of whole numbers of words ≥ 1",
    );
    const rate: JsonObject = { type: "number", minimum: 0 };
    expect(said({ type: "array", prefixItems: [rate, rate] })).to.equal("list of 2 numbers ≥ 0");
    expect(said({ type: "object", properties: {} })).to.equal("map");
    expect(said({ type: "object", additionalProperties: { type: "string" } })).to.equal("map by name of text");
    expect(said({ type: "object", additionalProperties: { properties: {} } })).to.equal("map by name");
  });

  it("follows references", () => {
    const root: JsonObject = { $defs: { count: { type: "integer", minimum: 2 } } };
    expect(describeValues({ schema: { $ref: "#/$defs/count" }, root })).to.equal("whole number ≥ 2");
    expect(said({})).to.equal("any value");
  });
});
