import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { repositoryFiles, repositoryRoot } from "../support/repository.js";

interface Schema {
  readonly properties?: { readonly [option: string]: Schema };
}

describe("docs/options.md", () => {
  const page = readFileSync(join(repositoryRoot, "docs/options.md"), "utf8");

  it("is what the schemas say, and they describe every option and type", () => {
    const script = join(repositoryRoot, ".ci/options.mjs");
    const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
    expect(status, stderr).to.equal(0);
  });

  it("has each option of each type, inner ones by their path", () => {
    let options = 0;
    for (const file of repositoryFiles("plugins/*/package.json")) {
      const { codex } = JSON.parse(readFileSync(join(repositoryRoot, file), "utf8"));
      for (const [point, types] of Object.entries<{ [type: string]: { schema: string } }>(codex?.provides ?? {})) {
        // Sinks are named by a command, and have no options.
        if (point === "sink") continue;
        const section = ["corpus", "batchSource"].includes(point) ? "data" : point;
        for (const [type, { schema }] of Object.entries(types)) {
          const part = page.split("\n### ").find((text) => {
            const [heading = ""] = text.split("\n");
            return heading.startsWith(`${section}: `) && heading.includes(`\`${type}\``);
          });
          expect(part, `${section} ${type}`).to.be.a("string");
          const path = join(repositoryRoot, file, "..", schema);
          for (const option of optionsOf(JSON.parse(readFileSync(path, "utf8")))) {
            expect(part, `${section} ${type}`).to.match(new RegExp(`^\\| \`${option.replaceAll(".", "\\.")}\` `, "m"));
            options += 1;
          }
        }
      }
    }
    expect(options).to.be.greaterThan(100);
  });
});

function optionsOf({ properties = {} }: Schema): readonly string[] {
  return Object.entries(properties).flatMap(([option, inner]) => [
    option,
    ...optionsOf(inner).map((below) => `${option}.${below}`),
  ]);
}
