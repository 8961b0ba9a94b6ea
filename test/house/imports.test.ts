import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { repositoryRoot, sourceFiles } from "../support/repository.js";

/** Module names that a source file imports, relative ones left out. */
function importedPackages(file: string): string[] {
  const text = readFileSync(join(repositoryRoot, file), "utf8");
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^".#][^"]*)"/g)].map((match) => match[1] ?? "");
  return specifiers.filter((name) => !name.startsWith("node:"));
}

/** Imports of a folder's sources that break a rule, as "file imports package". */
function violations(folder: string, forbidden: (name: string) => boolean): string[] {
  return sourceFiles(folder).flatMap((file) =>
    importedPackages(file)
      .filter(forbidden)
      .map((name) => `${file} imports ${name}`),
  );
}

const isPlugin = (name: string) => /^(@[^/]+\/)?codex-plugin/.test(name);
const isTensorLibrary = (name: string) => /^(@tensorflow\/|onnxruntime|codex-nn)/.test(name);

describe("imports", () => {
  it("keep the kernel free of plugins and tensor libraries", () => {
    expect(violations("core/kernel/src", (name) => isPlugin(name) || isTensorLibrary(name))).to.deep.equal([]);
  });

  it("keep codex-nn free of the kernel, plugins, files and network", () => {
    expect(violations("core/nn/src", (name) => isPlugin(name) || name.startsWith("codex-core"))).to.deep.equal([]);
    const outside = sourceFiles("core/nn/src").filter((file) =>
      /"node:(fs|net|http|https|child_process)/.test(readFileSync(join(repositoryRoot, file), "utf8")),
    );
    expect(outside).to.deep.equal([]);
  });

  it("lead from the command line to the rest of the kernel, never back", () => {
    const broken = sourceFiles("core/kernel/src").filter((file) => {
      const isOutside = !file.startsWith("core/kernel/src/cli/");
      return isOutside && /"\.[^"]*\/cli\//.test(readFileSync(join(repositoryRoot, file), "utf8"));
    });
    expect(broken).to.deep.equal([]);
  });

  it("let plugins use contracts alone, and no other plugin", () => {
    const allowed = new Set(["codex-core", "codex-nn"]);
    for (const plugin of readdirSync(join(repositoryRoot, "plugins"))) {
      const broken = violations(
        `plugins/${plugin}/src`,
        (name) => isPlugin(name) || (name.startsWith("codex-") && !allowed.has(name)),
      );
      expect(broken).to.deep.equal([]);
    }
  });

  it("leave the container to the kernel's container folder, but for the decorators that callers use", () => {
    const users = sourceFiles("core/kernel/src").filter((file) =>
      /from "(?:\.[^"]*\/)?inversify(?:\.js)?"/.test(readFileSync(join(repositoryRoot, file), "utf8")),
    );
    const outside = users.filter((file) => !file.startsWith("core/kernel/src/container/"));
    expect(outside).to.deep.equal(["core/kernel/src/kernel.ts"]);
  });
});
