import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { createRuntime } from "#src/runtime/create-runtime.js";
import { runtimeLibraryPath, runtimePackageFolder } from "#src/runtime/library-path.js";

describe("createRuntime", () => {
  let brokenLibrary = "";

  before(async () => {
    brokenLibrary = join(await createTemporaryFolder(), "libonnxruntime.so.1");
    writeFileSync(brokenLibrary, "not a library");
  });
  after(removeTemporaryFolders);

  const troubles = {
    "koffi is not installed": {
      sources: { koffi: () => Promise.reject(new Error("Cannot find package 'koffi'")) },
      code: "CODEX_COMPUTE_RUNTIME_MISSING",
    },
    "the library is broken": {
      sources: { libraryPath: () => brokenLibrary },
      code: "CODEX_COMPUTE_RUNTIME_MISSING",
    },
    "the library is another version": { sources: { versions: /^9\.9\./ }, code: "CODEX_COMPUTE_RUNTIME_VERSION" },
  };
  for (const [trouble, { sources, code }] of Object.entries(troubles)) {
    it(`falls back to the binding when ${trouble}, and says so when it may not`, async () => {
      const runtime = await createRuntime("auto", undefined, undefined, sources);
      expect(runtime.kind).to.equal("binding");
      const error = await createRuntime("native-api", undefined, undefined, sources).catch(
        (failure: unknown) => failure,
      );
      expect(error).to.include({ code });
    });
  }

  it("takes the C API where it can", async () => {
    const runtime = await createRuntime("auto", undefined);
    expect(runtime).to.include({ kind: "native-api", version: "1.30.0" });
    await runtime.dispose();
  });

  it("says, there and in the log, why there are no native operators", async () => {
    const lines: unknown[] = [];
    const note = (level: string) => (message: string, fields?: object) => lines.push({ level, message, ...fields });
    const logger = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };
    const missing = { missing: "There is no C++ compiler (c++).", fix: "Install one." };
    const without = await createRuntime("auto", undefined, logger, { nativeLibrary: async () => missing });
    const path = brokenLibrary;
    const broken = { nativeLibrary: async () => ({ path, from: "cache" as const }) };
    const unloaded = await createRuntime("auto", undefined, logger, broken);
    try {
      expect(without.whyStock).to.equal("There is no C++ compiler (c++).");
      expect(unloaded.whyStock).to.match(/^the native ones do not load: \w/);
      expect(lines[0]).to.deep.equal({
        level: "info",
        message: "Stock operators are used.",
        why: "There is no C++ compiler (c++).",
        fix: "Install one.",
      });
      expect(lines[1]).to.include({ level: "warn", path });
    } finally {
      await without.dispose();
      await unloaded.dispose();
    }
  });
});

describe("runtimeLibraryPath", () => {
  const expected = {
    "linux x64": "libonnxruntime.so.1",
    "linux arm64": "libonnxruntime.so.1",
    "darwin arm64": "libonnxruntime.1.dylib",
    "win32 x64": "onnxruntime.dll",
    "win32 arm64": "onnxruntime.dll",
  };
  for (const [target, name] of Object.entries(expected)) {
    it(`finds the library for ${target}`, () => {
      const [platform, arch] = target.split(" ");
      expect(runtimeLibraryPath(runtimePackageFolder(), platform, arch).endsWith(name)).to.equal(true);
    });
  }

  it("names a platform that the package does not ship", () => {
    expect(() => runtimeLibraryPath(runtimePackageFolder(), "darwin", "x64"))
      .to.throw(/darwin x64/)
      .with.include({ code: "CODEX_COMPUTE_RUNTIME_MISSING" });
    expect(() => runtimeLibraryPath(runtimePackageFolder(), "aix", "ppc64")).to.throw(/aix ppc64/);
  });
});
