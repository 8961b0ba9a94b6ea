import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** TensorFlow for the processor, or the one that can use NVIDIA GPUs too. */
export type Variant = "cpu" | "gpu";

export const variants: readonly Variant[] = ["cpu", "gpu"];

/** Environment variables by name. */
export type Environment = { readonly [name: string]: string | undefined };

/** Changes when an installation of before cannot be used any more. */
const recipe = 1;

/** What the last stage of an installation writes. */
export interface Stamp {
  readonly recipe: number;
  /** TensorFlow's version. */
  readonly tensorflow: string;
  /** Version of the package for Node. */
  readonly binding: string;
}

/** The user's folder for what can be made again. @source https://specifications.freedesktop.org/basedir-spec */
export function cacheFolder(env: Environment): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache"), "codex", "compute");
}

/** Where a variant is installed. */
export function runtimeFolder(variant: Variant, env: Environment): string {
  return join(cacheFolder(env), `tensorflow-${variant}`);
}

/** The npm package that a variant is loaded from. */
export function packageName(variant: Variant): string {
  return variant === "gpu" ? "@tensorflow/tfjs-node-gpu" : "@tensorflow/tfjs-node";
}

/** The file that says that an installation is whole. */
export function stampFile(folder: string): string {
  return join(folder, "installed.json");
}

/** A stamp for these versions. */
export function makeStamp(versions: Omit<Stamp, "recipe">): Stamp {
  return { recipe, ...versions };
}

/** What an installation says of itself; undefined where none is whole, or it is one of another recipe. */
export function readStamp(folder: string): Stamp | undefined {
  if (!existsSync(stampFile(folder))) return undefined;
  try {
    const stamp = JSON.parse(readFileSync(stampFile(folder), "utf8")) as Stamp;
    return stamp.recipe === recipe ? stamp : undefined;
  } catch {
    return undefined;
  }
}
