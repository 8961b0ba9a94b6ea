import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RuntimeRequest } from "codex-core";
import { computeTensorflowErrors } from "../errors.js";
import { cacheFolder, makeStamp, packageName, readStamp, runtimeFolder, stampFile } from "../runtime-folder.js";
import { bindingFile, buildBinding, linkLibraries } from "./build-binding.js";
import { checkPlatform, checkTools, type Platform, thisPlatform } from "./check-machine.js";
import { download, fetchWheel } from "./fetch-wheel.js";
import { holdLock } from "./hold-lock.js";
import type { Recipe } from "./recipe.js";
import { smokeTest } from "./smoke-test.js";
import { runStages, type Stage, writeWhole } from "./stage.js";
import { libraries, unpackWheel } from "./unpack-wheel.js";

const headersPackage = { name: "node-api-headers", version: "1.9.0" };

/** Where the lock of all installations lies. */
export function lockFile(env: RuntimeRequest["env"]): string {
  return join(cacheFolder(env), "tensorflow.lock");
}

/**
 * Installs TensorFlow into a folder of its own. One that was ended goes on at the stage where it was; another process
 * that installs is waited for.
 *
 * @returns the names of the stages that ran: none where all was there
 * @throws CODEX_TENSORFLOW_PLATFORM, CODEX_TENSORFLOW_TOOL_MISSING, CODEX_TENSORFLOW_DOWNLOAD,
 *   CODEX_TENSORFLOW_DIGEST, CODEX_TENSORFLOW_BUILD, CODEX_TENSORFLOW_FOLDER, CODEX_TENSORFLOW_UNUSABLE
 */
export async function installTensorflow(
  recipe: Recipe,
  request: Omit<RuntimeRequest, "gpu">,
  platform: Platform = thisPlatform(),
): Promise<string[]> {
  const { env, signal, report } = request;
  const folder = runtimeFolder(recipe.variant, env);
  if (readStamp(folder)) return [];
  checkPlatform(platform);
  const compiler = await checkTools({ env, signal });
  const onWait = () => report("waiting for another installation to end");
  return holdLock(lockFile(env), { env, signal }, onWait, async () => {
    if (readStamp(folder)) return [];
    await mkdir(folder, { recursive: true }).catch((cause: Error) => {
      const what = `TensorFlow's folder cannot be made: ${cause.message}.`;
      throw computeTensorflowErrors.CODEX_TENSORFLOW_FOLDER({ what, where: folder, cause });
    });
    const ran = await runStages(folder, stagesOf(recipe, folder, compiler, request), report);
    report("trying it");
    await smokeTest(folder, packageName(recipe.variant), { env, signal });
    const stamp = makeStamp({ tensorflow: recipe.tensorflowVersion, binding: recipe.bindingVersion });
    writeWhole(stampFile(folder), JSON.stringify(stamp));
    return ran;
  });
}

function stagesOf(
  recipe: Recipe,
  folder: string,
  compiler: string,
  { env, signal }: Omit<RuntimeRequest, "gpu">,
): Stage[] {
  const settings = { env, signal, cwd: folder };
  const name = packageName(recipe.variant);
  const inPackage = join("node_modules", name);
  const packageFolder = join(folder, inPackage);
  return [
    {
      name: "packages",
      title: `installing ${name} ${recipe.bindingVersion}`,
      makes: [join(inPackage, "package.json"), `node_modules/${headersPackage.name}/package.json`],
      run: async () => {
        await rm(join(folder, "node_modules"), { recursive: true, force: true });
        await writeFile(join(folder, "package.json"), JSON.stringify({ private: true }));
        const packages = [`${name}@${recipe.bindingVersion}`, `${headersPackage.name}@${headersPackage.version}`];
        // Its own install script would download libraries from a place that not everybody reaches, and older ones.
        const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        await download("npm", ["install", ...flags, ...packages], settings, name);
      },
    },
    {
      name: "libraries",
      title: `downloading TensorFlow ${recipe.tensorflowVersion}`,
      makes: libraries.map((library) => join(inPackage, "deps/lib", library)),
      run: async () => {
        const wheel = await fetchWheel(folder, recipe, settings);
        await unpackWheel(wheel, join(packageFolder, "deps"), settings);
        await linkLibraries(packageFolder);
        await rm(wheel);
      },
    },
    ...(recipe.cuda.length === 0 ? [] : [cudaStage(recipe, folder, packageFolder, settings)]),
    {
      name: "binding",
      title: "compiling the binding",
      makes: [join(inPackage, bindingFile)],
      run: () => buildBinding(folder, packageFolder, compiler, settings),
    },
  ];
}

/** CUDA's libraries, where TensorFlow looks for them: beside its own, in `nvidia`. */
function cudaStage(
  recipe: Recipe,
  folder: string,
  packageFolder: string,
  settings: { readonly env: RuntimeRequest["env"]; readonly signal: AbortSignal },
): Stage {
  return {
    name: "cuda",
    title: "downloading CUDA's libraries, 2 GB",
    makes: [],
    run: async () => {
      const list = join(folder, "cuda.txt");
      await writeFile(list, `${recipe.cuda.join("\n")}\n`);
      const flags = ["--no-deps", "--only-binary=:all:", "--upgrade", "--target", join(packageFolder, "deps")];
      const tags = [
        "--python-version",
        "3.11",
        "--platform",
        "manylinux2014_x86_64",
        "--platform",
        "manylinux1_x86_64",
      ];
      await download("python3", ["-m", "pip", "install", ...flags, ...tags, "-r", list], settings, "CUDA");
    },
  };
}
