import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { repositoryFiles, repositoryRoot } from "../support/repository.js";

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const readJson = (path: string) => JSON.parse(readFileSync(join(repositoryRoot, path), "utf8"));
const lock: { packages: Record<string, LockedPackage> } = readJson("package-lock.json");

describe("package-lock.json", () => {
  const manifests = repositoryFiles("package.json", "core/*/package.json", "plugins/*/package.json");

  for (const manifest of manifests) {
    it(`agrees with ${manifest}`, () => {
      const folder = manifest === "package.json" ? "" : manifest.replace("/package.json", "");
      const locked = lock.packages[folder];
      const declared: LockedPackage = readJson(manifest);
      expect(locked, folder).to.be.an("object");
      for (const kind of ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"] as const) {
        expect(locked?.[kind] ?? {}, kind).to.deep.equal(declared[kind] ?? {});
      }
    });
  }

  it("names no registry host", () => {
    const hosts = Object.values(lock.packages).filter((entry) => /^https?:/.test(entry.resolved ?? ""));
    expect(hosts).to.deep.equal([]);
  });
});
